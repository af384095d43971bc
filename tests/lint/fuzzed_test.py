#!/usr/bin/env python3
"""The lint fuzzed.py finds what it is there for, and nothing else.

usage: fuzzed_test.py TOP
"""
import pathlib
import sys

import planted

LINT = pathlib.Path(sys.argv[1]) / "tests/lint/fuzzed.py"
TARGET = "tests/fuzz/a_fuzz.cc"
GOOD = {"common/a.h": "int parse_a(std::string_view text);\n",
        "common/a.cc": '#include "common/a.h"\nint parse_a(std::string_view text) { return 0; }\n',
        TARGET: "parse_a(text);\n"}


def findings(files):
    return planted.findings(LINT, {**GOOD, **files})


assert findings({}) == []
assert findings({TARGET: "\n"}) == ["common/a.h: no fuzz target calls parse_a()"]
assert findings({"common/b.h": "Thing read_b(int number, std::string_view text);\n"}) == [
    "common/b.h: no fuzz target calls read_b()"]
assert findings({"common/b.h": "Status check_b(const http::Request& request, int now);\n"}) == [
    "common/b.h: no fuzz target calls check_b()"]
HIDES = {"common/b.h": "int find(int number);\n",
         "common/b.cc": '#include "common/b.h"\nint parse_b(int number, std::string_view text) {\n}\n'}
assert findings(HIDES) == ["common/b.cc: no fuzz target knows its header, and it hides parse_b()"]
assert findings({**HIDES, TARGET: '#include "common/b.h"\nparse_a(text);\n'}) == []
print("ok")
