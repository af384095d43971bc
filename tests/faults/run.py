#!/usr/bin/env python3
"""Real programs under real faults.

usage: run.py [--jobs N] [NAME...]                   the stories of *_test.py, or those named so: a few minutes
       run.py --minutes N [--seed S] [--print]       random faults, one after the other (random_faults.py)
  --build DIR    where the programs are (default build/dev/bin)
  --jobs N       stories at a time (default 5: they wait most of the time)
  --seed S       the same seed gives the same faults in the same order; without it one is drawn and told
  --print        prints what the seed would do, and does nothing
Each story has a machine of its own (lab.py), so they do not disturb each other. Exit status: 0 all passed,
1 something failed, 77 skipped: this machine cannot give what they need (and says what).
"""
import argparse
import concurrent.futures
import pathlib
import random
import re
import subprocess
import sys
import time

import lab

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import stalls  # noqa: E402

STORY_LIMIT_S = 280
HERE = pathlib.Path(__file__).resolve().parent


def stories(wanted):
    """(file, class), the longest first."""
    found = []
    for path in sorted(HERE.glob("*_test.py")):
        parts = re.split(r"^class (\w+)\(.*$", path.read_text(), flags=re.MULTILINE)
        for name, body in zip(parts[1::2], parts[2::2]):
            tests = body.count("    def test_")
            if tests and (not wanted or name in wanted or path.name in wanted):
                found.append((tests, path.name, name))
    return [story[1:] for story in sorted(found, reverse=True)]


def tell_story(build, story, watch):
    for play in range(1, stalls.PLAYS + 1):
        begun = time.monotonic()
        status = play_story(build, story)
        stall = watch.longest_since(begun)
        if status in (0, lab.SKIPPED) or stall == 0:
            break
        print(f"the machine stood still for {stall:.1f} s in play {play}", flush=True)
    return status


def play_story(build, story):
    begun = time.monotonic()
    command = [sys.executable, HERE / story[0], build, build, story[1]]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=STORY_LIMIT_S, check=False)
        status, said = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        status, said = 1, f"{(late.stdout or b'').decode(errors='replace')}\nnot done within {STORY_LIMIT_S} s\n"
    word = {0: "passed", lab.SKIPPED: "SKIPPED"}.get(status, "FAILED")
    print(f"{word:8}{story[0]} {story[1]} ({time.monotonic() - begun:.0f} s)", flush=True)
    if status != 0:
        print(said, flush=True)
    return status


def tell_all(build, jobs, wanted):
    chosen = stories(wanted)
    if not chosen:
        sys.exit(f"run.py: no story is called {' or '.join(wanted)}")
    watch = stalls.Watch()
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        results = list(pool.map(lambda story: tell_story(build, story, watch), chosen))
    watch.close()
    failed = [r for r in results if r not in (0, lab.SKIPPED)]
    return 1 if failed else lab.SKIPPED if lab.SKIPPED in results else 0


def main():
    options = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1], add_help=True)
    options.add_argument("--build", default=HERE.parents[1] / "build" / "dev" / "bin", type=pathlib.Path)
    options.add_argument("--jobs", default=5, type=int)
    options.add_argument("--minutes", type=float)
    options.add_argument("--seed", type=int)
    options.add_argument("--print", action="store_true", dest="only_print")
    options.add_argument("names", nargs="*")
    chosen = options.parse_args()
    if chosen.minutes is None:
        sys.exit(tell_all(chosen.build, chosen.jobs, chosen.names))
    if chosen.seed is None:
        chosen.seed = random.randrange(1 << 32)
        sys.argv += ["--seed", str(chosen.seed)]  # the lab starts this program again
    if not chosen.only_print:
        lab.enter()
    import random_faults
    sys.exit(random_faults.run(chosen.build, chosen.minutes, chosen.seed, chosen.only_print))


if __name__ == "__main__":
    main()
