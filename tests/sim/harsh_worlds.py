#!/usr/bin/env python3
"""Plays small worlds with far more trouble than seeds draw: an hour, one to four zones, ten to fifty faults of a few kinds
that go together.

usage: harsh_worlds.py EDGEHERD A..B [--jobs N] [--keep DIR]

Each number is another world, the same each time. Those that break a promise are named, and kept as scenario files in DIR,
if it is given. Exit status: 0 none did, 1 some did, 2 something could not be played.
"""
import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile

# Kinds that meet in the field: of the process, of servers and lists, of people, of names, of logs, of size, of databases,
# of the network.
FAMILIES = [words.split() for words in (
    "brain_crash brain_crash_at_commit store_fails store_slow brain_hang",
    "vm_vanishes vm_cloned cloud_list_lags cloud_ghosts cloud_loses_answers cloud_doubles cloud_list_bare",
    "op_pause op_terminate op_terminate_now op_shrinks_zone op_grows_zone op_shadow op_closes_zone op_cordon op_protect",
    "dns_reads_fail dns_writes_fail dns_hangs dns_lags dns_foreign_hand",
    "archive_away archive_silent archive_spoils disk_full disk_failing box_power_loss box_stopped",
    "load_surge load_drop cloud_out_of_stock boot_dead boot_slow",
    "store_restored store_lost second_brain brain_crash",
    "net_partition net_deaf net_mute net_loss edge_broken agent_hang agent_flaps")]
OTHERS = ("net_delay net_duplicate net_reorder agent_crash agent_lies agent_resets agent_clock agent_claims_epoch edge_sick "
          "boot_stuck boot_wrong_image cloud_throttles cloud_down cloud_slow cloud_list_broken cloud_names_another "
          "vm_foreign archive_clock brain_clock op_shadow_fleet").split()
KINDS = sorted({kind for family in FAMILIES for kind in family}) + OTHERS
DAY_S = 86400


def zones(draw):
    providers = ["ocean"] if draw.random() < 0.5 else ["ocean", "amazon"]
    for i in range(draw.randint(1, 4)):
        provider = providers[i % len(providers)]
        region = ["lon", "fra"][i % draw.randint(1, 2)]
        yield {"id": f"{provider}/{region}{i + 1}", "provider": provider, "region": region,
               "min_servers": draw.randint(1, 4), "max_servers": draw.randint(5, 12),
               "mean_rps": draw.randint(50, 450), "fallbacks": draw.randint(0, 2),
               "names": draw.choice(["zone", "zone", "all"])}


def fault(draw, kind):
    made = {"kind": kind, "at": draw.uniform(60, 3500),
            "lasts": math.exp(draw.uniform(math.log(3), math.log(1200))), "strength": draw.random(),
            "pick": draw.getrandbits(63), "scope": draw.choice(["node", "zone", "account", "half", "all"])}
    if kind in ("agent_clock", "brain_clock") and draw.random() < 0.5:
        made["strength"] *= -1
    if kind == "store_restored":
        made["strength"] *= made["at"] / DAY_S  # of any time since the beginning
    return made


def world(number):
    draw = random.Random(number)
    kinds = list(draw.choice(FAMILIES))
    if draw.random() < 0.7:
        kinds += draw.choice(FAMILIES)
    kinds += [draw.choice(KINDS) for _ in range(3)]
    return {"seed": number, "length": "1h", "convergence": "1h15m", "most_boot": "40s",
            "names_quiet": draw.choice(["3s", "60s"]), "zones": list(zones(draw)),
            "faults": [fault(draw, draw.choice(kinds)) for _ in range(draw.randint(10, 50))]}


def play(program, number, directory):
    """None, or what was broken."""
    path = pathlib.Path(directory) / f"world-{number}.json"
    path.write_text(json.dumps(world(number), indent=1) + "\n")
    ran = subprocess.run([program, "simulate", "--scenario", path, "--jobs", "1", "-o", "json"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if ran.returncode not in (0, 1):
        raise OSError(f"world {number}: {ran.stderr.strip()}")
    violation = json.loads(ran.stdout)["results"][0]["violation"]
    if violation is None:
        path.unlink()
        return None
    return f"{violation['promise']}: {violation['text']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("numbers")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", type=pathlib.Path)
    asked = parser.parse_args()
    try:
        first, last = map(int, asked.numbers.split(".."))
    except ValueError:
        parser.error(f"{asked.numbers}: two numbers are wanted, as in 1..100")
    if first > last or asked.jobs < 1:
        parser.error("the first number is above the last, or there are no jobs")
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        directory = asked.keep or scratch
        pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
        played = {number: pool.submit(play, asked.program, number, directory)
                  for number in range(first, last + 1)}
        try:
            broken = {number: future.result() for number, future in played.items() if future.result()}
        except OSError as error:
            pool.shutdown(cancel_futures=True)
            print(error, file=sys.stderr)
            return 2
    for number, why in broken.items():
        print(f"world {number} breaks {why}")
    print(f"{len(played)} worlds, {len(broken)} break a promise")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
