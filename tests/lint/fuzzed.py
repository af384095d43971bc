#!/usr/bin/env python3
"""Every parser has a fuzz target: functions of our headers that are named like one occur in tests/fuzz.

usage: fuzzed.py TOP    exit 0 when clean, 1 with one line per finding
"""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1]).resolve()
PARSER = re.compile(r"\b((?:parse|decode|split|count|read(?!_whole)|load)_?\w*)\(\s*(?:std::string_view|"
                    r"const std::string&|std::span<const (?:char|std::uint8_t)>)")
# Read by way of another parser that has a target, or text that we made ourselves.
REACHED = {
    "coordinator/settings/parts.h": "settings::load",
    "common/config/section.h": "Section",
    "coordinator/cli/command.h": "cli::parse",
    "agent/logs/stored_list.h": "Ledger",
}


def main():
    targets = "".join(path.read_text() for path in sorted((TOP / "tests" / "fuzz").glob("*_fuzz.cc")))
    findings = []
    parsers = 0
    for tree in ("common", "agent", "coordinator"):
        for path in sorted((TOP / tree).rglob("*.h")):
            name = path.relative_to(TOP).as_posix()
            text = re.sub(r"//[^\n]*", "", path.read_text())
            for match in PARSER.finditer(text):
                parsers += 1
                known = REACHED.get(name, match[1])
                if not re.search(rf"\b{re.escape(known)}\b", targets):
                    findings.append(f"{name}: no fuzz target calls {match[1]}()")
    if not parsers:
        findings.append("no parser was found at all: this lint looks for the wrong thing")
    for finding in findings:
        print(finding)
    print(f"{parsers} parsers, {len(findings)} without a fuzz target")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
