#!/usr/bin/env python3
"""The lint includes.py finds what it is there for, and nothing else.

usage: includes_test.py TOP
"""
import pathlib
import subprocess
import sys
import tempfile

LINT = pathlib.Path(sys.argv[1]) / "tests/lint/includes.py"
ROOMS = "set(EDGEHERD_PCH_HEADERS <map> <string>\n    <vector>)\n"
GOOD = {"common/a.h": "#include <map>\n#include <string>\nstd::map<std::string, int> all();\n",
        "common/a.cc": '#include "common/a.h"\nstd::map<std::string, int> all() { return {}; }  // std::vector\n'}


def findings(files, rooms=ROOMS):
    with tempfile.TemporaryDirectory() as top:
        for name, text in {"packaging/cmake/rooms.cmake": rooms, **files}.items():
            path = pathlib.Path(top) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        run = subprocess.run([sys.executable, LINT, top], capture_output=True, text=True, check=False)
        lines = run.stdout.splitlines()[:-1]
        assert (run.returncode != 0) == bool(lines), run
        return lines


assert findings(GOOD) == []
MISSING = {**GOOD, "common/b.cc": '#include "common/a.h"\nstd::vector<int> some;\n'}
assert findings(MISSING) == ["common/b.cc: uses std::vector without vector"]
UNKNOWN = findings(GOOD, "set(EDGEHERD_PCH_HEADERS <map> <regex>)\n")
assert UNKNOWN == ["packaging/cmake/rooms.cmake: <regex> is precompiled, and this lint has no words for it"]
assert len(findings(GOOD, "")) == 1
print("ok")
