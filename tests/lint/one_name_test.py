#!/usr/bin/env python3
"""The lint one_name.py finds what it is there for, and nothing else.

usage: one_name_test.py TOP
"""
import pathlib
import sys

import planted

LINT = pathlib.Path(sys.argv[1]) / "tests/lint/one_name.py"
ONE = "namespace fleet::act {\nenum class Answer {\n  yes,\n};\n}  // namespace fleet::act\n"
OTHER = "namespace fleet::act {\nstruct Answer final : Base {\n};\n}  // namespace fleet::act\n"
OWN = "namespace fleet::act {\n\nnamespace {\n" + "struct Answer {\n};\n}  // namespace\n\n}  // namespace fleet::act\n"


def findings(files):
    return planted.findings(LINT, files)


FOUND = ["coordinator/b.h:2: fleet::act::Answer is another type at coordinator/a.h:2"]
assert findings({"coordinator/a.h": ONE, "coordinator/b.h": OTHER}) == FOUND
assert findings({"coordinator/a.h": ONE, "coordinator/b.cc": OWN}) == []
assert findings({"coordinator/a.h": ONE, "agent/b.h": ONE.replace("act", "logs")}) == []
assert findings({"common/a.h": ONE + ONE}) == []  # the other one stands behind a switch
print("ok")
