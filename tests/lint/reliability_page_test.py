#!/usr/bin/env python3
"""The lint reliability_page.py finds what it is there for, and nothing else.

usage: reliability_page_test.py TOP
"""
import pathlib
import sys

import planted

LINT = pathlib.Path(sys.argv[1]) / "tests/lint/reliability_page.py"
PAGE = """| promise | reports say | checker | other tests |
|---|---|---|---|
| P1 never below the floor | `P1`, `freeze` | `floor.cc` | |
| a run ends | `crash` | `run/child.cc` | |

| incident | `tests/incidents/..._test.cc` | needs |
|---|---|---|
| a bad day | `bad_day` | `brake.floor`, `check.one` |
"""
GOOD = {
    "docs/reliability.md": PAGE,
    "coordinator/sim/check/floor.cc": 'world.violated("P1", "x");\nworld.violated(\n    "freeze", "x");\n',
    "coordinator/sim/run/outcome.h": 'inline constexpr std::string_view crash_promise = "crash";\n',
    "tests/incidents/bad_day_test.cc": 'prove(it, {"brake.floor", "check.one"}, "P1");\n',
}


def findings(files):
    return [line.removeprefix("docs/reliability.md: ") for line in planted.findings(LINT, GOOD | files)]


assert findings({}) == []
assert findings({"tests/incidents/bad_day_test.cc": 'prove(it, {"brake.floor", "check.two"});\n'}) == [
    "the row of bad_day lacks check.two", "the row of bad_day has check.one, which its test does not prove"]
assert findings({"tests/incidents/other_test.cc": ""}) == ["incident other has no row"]
assert findings({"coordinator/sim/check/names.cc": 'world.violated("P6", "x");\n'}) == ["no row has P6 of names.cc"]
assert findings({"coordinator/sim/check/floor.cc": 'world.violated("P1", "x");\n'}) == [
    "a row has freeze, which nobody reports"]
print("ok")
