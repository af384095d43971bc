#!/usr/bin/env python3
"""Every parser has a fuzz target: functions of our headers that are named like one occur in tests/fuzz, and
so does the header of a file that hides one.

usage: fuzzed.py TOP    exit 0 when clean, 1 with one line per finding
"""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1]).resolve()
TEXT = r"(?:std::string_view|const std::string&|std::span<const (?:char|std::uint8_t)>)"
MESSAGE = r"const http::(?:Request|Headers|Response)&"
# Of a text, be it the second of what is given, or of what somebody said by HTTP.
PARSER = re.compile(r"\b((?:parse|decode|split|count|read(?!_whole)|load)_?\w*(?=\(\s*(?:[\w:]+ \w+,\s*)?" + TEXT +
                    r")|(?:check|report|error)_\w+(?=\(\s*" + MESSAGE + r"))\(")
HIDDEN = re.compile(PARSER.pattern + r"[^;{}]*\{")
# Read by way of another parser that has a target, or text that we made ourselves.
REACHED = {
    "coordinator/settings/parts.h": "settings::load",
    "common/config/section.h": "Section",
    "coordinator/cli/command.h": "cli::parse",
    "agent/logs/stored_list.h": "Ledger",
    "coordinator/cli/connection.cc": "cli::connection",
    "coordinator/cli/simulate.cc": "run_simulate",
    "coordinator/providers/aws/configure.cc": "known_types",
    "coordinator/settings/load.cc": "settings::load",
}


def main():
    targets = "".join(path.read_text() for path in sorted((TOP / "tests" / "fuzz").glob("*_fuzz.cc")))
    findings = []
    parsers = 0
    declared = {}
    for tree in ("common", "agent", "coordinator"):
        for path in sorted((TOP / tree).rglob("*.h")):
            name = path.relative_to(TOP).as_posix()
            text = re.sub(r"//[^\n]*", "", path.read_text())
            for match in PARSER.finditer(text):
                parsers += 1
                declared.setdefault(name, set()).add(match[1])
                known = REACHED.get(name, match[1])
                if not re.search(rf"\b{re.escape(known)}\b", targets):
                    findings.append(f"{name}: no fuzz target calls {match[1]}()")
        for path in sorted((TOP / tree).rglob("*.cc")):
            name = path.relative_to(TOP).as_posix()
            text = re.sub(r"//[^\n]*", "", path.read_text())
            headers = re.findall(r'#include "([^"]+)"', text)
            shown = set().union(*(declared.get(header, set()) for header in headers))
            # parsed(): our own words, read back.
            hidden = [match[1] for match in HIDDEN.finditer(text) if match[1] != "parsed"]
            header = name.removesuffix(".cc") + ".h"
            if not hidden or shown & set(hidden) or header in targets:
                continue
            known = REACHED.get(name, REACHED.get(header))
            if known is None or not re.search(rf"\b{re.escape(known)}\b", targets):
                findings.append(f"{name}: no fuzz target knows its header, and it hides {hidden[0]}()")
    if not parsers:
        findings.append("no parser was found at all: this lint looks for the wrong thing")
    for finding in findings:
        print(finding)
    print(f"{parsers} parsers, {len(findings)} without a fuzz target")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
