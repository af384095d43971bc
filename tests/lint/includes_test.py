#!/usr/bin/env python3
"""The lint includes.py finds what it is there for, and nothing else.

usage: includes_test.py TOP
"""
import pathlib
import sys

import planted

LINT = pathlib.Path(sys.argv[1]) / "tests/lint/includes.py"
ROOMS = "set(EDGEHERD_PCH_HEADERS <map> <string>\n    <vector>)\n"
GOOD = {"common/a.h": "#include <map>\n#include <string>\nstd::map<std::string, int> all();\n",
        "common/a.cc": '#include "common/a.h"\nstd::map<std::string, int> all() { return {}; }  // std::vector\n'}


def findings(files, rooms=ROOMS):
    return planted.findings(LINT, {"packaging/cmake/rooms.cmake": rooms, **files})


assert findings(GOOD) == []
MISSING = {**GOOD, "common/b.cc": '#include "common/a.h"\nstd::vector<int> some;\n'}
assert findings(MISSING) == ["common/b.cc: uses std::vector without vector"]
UNKNOWN = findings(GOOD, "set(EDGEHERD_PCH_HEADERS <map> <regex>)\n")
assert UNKNOWN == ["packaging/cmake/rooms.cmake: <regex> is precompiled, and this lint has no words for it"]
assert len(findings(GOOD, "")) == 1
print("ok")
