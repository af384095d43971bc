#!/usr/bin/env python3
"""One name in one namespace is one type: no two files define a struct, class or enum of the same full name.

Two such definitions are no error for the compiler as long as no file sees both, and the linker may take either's
functions for both.

usage: one_name.py TOP    exit 0 when clean, 1 with one line per finding
"""
import collections
import pathlib
import re
import sys

TREES = ("common", "agent", "coordinator")
NAMESPACE = re.compile(r"^namespace ?([\w:]*) \{$")
END = re.compile(r"^\}  // namespace")
DEFINITION = re.compile(r"^(?:struct|class|enum class|enum) (?:\[\[nodiscard\]\] )?(\w+)(?: final)?(?: :.*)? ?\{")


def definitions(text):
    """(line, full name) of each definition at namespace level; what has no namespace's name is the file's own."""
    inside = []
    for number, line in enumerate(text.splitlines(), 1):
        if opened := NAMESPACE.match(line):
            inside.append(opened[1])
        elif END.match(line) and inside:
            inside.pop()
        elif (defined := DEFINITION.match(line)) and all(inside):
            yield number, "::".join([*inside, defined[1]])


def main():
    top = pathlib.Path(sys.argv[1])
    places = collections.defaultdict(dict)
    for tree in TREES:
        for path in sorted((top / tree).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            for number, name in definitions(path.read_text(encoding="utf-8")):
                places[name].setdefault(str(path.relative_to(top)), number)
    findings = 0
    for name, where in sorted(places.items()):
        if len(where) > 1:
            findings += 1
            first, second = [f"{path}:{line}" for path, line in where.items()][:2]
            print(f"{second}: {name} is another type at {first}")
    print(f"{len(places)} types, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
