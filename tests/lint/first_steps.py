#!/usr/bin/env python3
"""Holds what somebody meets first: the demo's usage, a missing library, the example's paths.

usage: first_steps.py TOP    exit 0 when all holds, 1 with one line per finding
"""
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(sys.argv[1]).resolve()
findings = []


def demo(*arguments):
    command = ["packaging/demo.sh", *arguments]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=60)


def check(holds, finding):
    if not holds:
        findings.append(finding)


def check_demo():
    shown = demo("--help")
    check(shown.returncode == 0 and "usage: packaging/demo.sh" in shown.stdout, "demo.sh --help shows no usage")
    check("set -" not in shown.stdout and "#" not in shown.stdout, "demo.sh --help shows code")
    check("still on\na living node." in shown.stdout, "demo.sh --help does not show all of it")
    for wrong in (["--seconds"], ["--seconds", "1x"], ["--seconds", "5"], ["--report"], ["--nope"]):
        ended = demo(*wrong)
        check(ended.returncode == 2, f"demo.sh {wrong}: exit {ended.returncode}, not 2")
        check(re.fullmatch(r"demo\.sh: .*\n", ended.stderr), f"demo.sh {wrong}: says {ended.stderr!r}")


def check_missing_library():
    """dependencies.cmake where everything is there but msgpack-c."""
    text = (TOP / "packaging/cmake/dependencies.cmake").read_text()
    found = re.search(r"find_path\(MSGPACK_INCLUDE.*?^add_library", text, re.S | re.M)[0]
    found = found.removesuffix("add_library").replace("/usr/include ", "")
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / "none.cmake").write_text(f"set(CMAKE_SOURCE_DIR /nowhere)\n{found}")
        ended = subprocess.run(["cmake", "-P", "none.cmake"], cwd=directory, capture_output=True, text=True, timeout=60)
    check(ended.returncode != 0 and "packaging/install-deps.sh" in ended.stderr,
          f"without msgpack-c cmake does not name packaging/install-deps.sh: {ended.stderr!r}")


def check_example():
    prefix = re.search(r"--prefix (\S+?)`", (TOP / "docs/operations.md").read_text())[1]
    example = (TOP / "packaging/example/providers/local.json").read_text()
    for path in (f"{prefix}/bin/edgeherd-agent", f"{prefix}/share/edgeherd/images/local"):
        check(f'"{path}"' in example, f"the example does not name {path}, where docs/operations.md installs it")


check_demo()
check_missing_library()
check_example()
for finding in findings:
    print(finding)
print(f"{len(findings)} findings")
sys.exit(1 if findings else 0)
