#!/usr/bin/env python3
"""Small rules of the text: length of files and lines, format, unfinished places, links in docs.

usage: text.py TOP    exit 0 when clean, 1 with one line per finding
"""
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(sys.argv[1]).resolve()
TREES = ("common", "agent", "coordinator", "tests", "packaging")
MOST_LINES = 400
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b|not implemented|unimplemented")


def sources(*suffixes):
    for tree in TREES:
        for path in sorted((TOP / tree).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path


def main():
    findings = []
    code = list(sources(".h", ".cc"))
    for path in code + list(sources(".py", ".sh")):
        name = path.relative_to(TOP).as_posix()
        lines = path.read_text().splitlines()
        if path.suffix in (".h", ".cc") and len(lines) > MOST_LINES:
            findings.append(f"{name}: {len(lines)} lines, at most {MOST_LINES}")
        if path.suffix == ".h" and not any(line == "#pragma once" for line in lines):
            findings.append(f"{name}: a header without #pragma once")
        if path.suffix == ".h" and lines and not lines[0].startswith("//"):
            findings.append(f"{name}: a header says first what it is")
        for number, line in enumerate(lines, 1):
            if name != "tests/lint/text.py" and UNFINISHED.search(line):
                findings.append(f"{name}:{number}: unfinished: {line.strip()}")
    for path in [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]:
        if not path.exists():
            findings.append(f"{path.name} is missing")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for target in re.findall(r"\]\(([^)#\s]+)", line):
                if "://" not in target and not (path.parent / target).exists():
                    findings.append(f"{path.relative_to(TOP)}:{number}: dead link {target}")
    tool = shutil.which("clang-format-16") or shutil.which("clang-format")
    if tool:
        done = subprocess.run([tool, "--dry-run", "-Werror", "--style=file", *map(str, code)],
                              capture_output=True, text=True, cwd=TOP)
        if done.returncode:
            findings += sorted({line.split(": error")[0] + ": not as .clang-format wants it"
                                for line in done.stderr.splitlines() if ": error" in line})[:20]
    for finding in findings:
        print(finding)
    print(f"{len(code)} sources: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
