#!/usr/bin/env python3
"""What the precompiled headers bring in, a file still includes itself, or by the project's own headers.

The builds with precompiled headers (packaging/cmake/rooms.cmake) would compile a file that does not, and
the others, such as the one that is shipped, would fail.

usage: includes.py TOP    exit 0 when clean, 1 with one line per finding
"""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1]).resolve()
ALGORITHMS = ("sort|stable_sort|min|max|clamp|find|find_if|any_of|all_of|none_of|count_if|copy|copy_if|transform|lower_bound|"
              "upper_bound|replace|for_each|equal|includes|set_difference|set_intersection|remove_if|max_element|"
              "min_element|reverse|partition|stable_partition|push_heap|pop_heap|nth_element|rotate|unique|fill|"
              r"ranges::\w+")
# The words of each header that is precompiled.
WORDS = {
    "algorithm": ALGORITHMS,
    "array": "array",
    "chrono": "chrono",
    "cstdint": r"u?int(?:8|16|32|64)_t",
    "deque": "deque",
    "functional": "function|hash|greater",
    "map": "map|multimap",
    "memory": "unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared|enable_shared_from_this",
    "optional": "optional|nullopt|make_optional",
    "set": "set|multiset",
    "span": "span",
    "sstream": "istringstream|ostringstream|stringstream",
    "string": "string|to_string|getline|stoi|stod",
    "string_view": "string_view",
    "unordered_map": "unordered_map",
    "utility": "move|exchange|pair|swap|forward|make_pair",
    "variant": "variant|visit|get_if|holds_alternative|monostate",
    "vector": "vector",
}
PATTERNS = {header: re.compile(rf"\bstd::(?:{words})\b") for header, words in WORDS.items()}
PATTERNS["tests/support/catch.h"] = re.compile(r"\b(?:TEST_CASE|TEMPLATE_TEST_CASE|REQUIRE|CHECK)\(")


class File:
    def __init__(self, path):
        text = path.read_text()
        self.includes = set(re.findall(r'#include [<"]([^>"]+)[>"]', text))
        self.code = re.sub(r"//[^\n]*", "", text)


def reached(name, files):
    """All that a file includes, and what that includes."""
    found, open_ = set(), [name]
    while open_:
        for include in files[open_.pop()].includes - found:
            found.add(include)
            if include in files:
                open_.append(include)
    return found


def precompiled():
    text = (TOP / "packaging/cmake/rooms.cmake").read_text()
    listed = re.search(r"set\(EDGEHERD_PCH_HEADERS ([^)]*)\)", text)
    return set(re.findall(r"<([^>]+)>", listed[1])) if listed else set()


def main():
    files = {path.relative_to(TOP).as_posix(): File(path)
             for tree in ("common", "agent", "coordinator", "packaging", "tests")
             for path in sorted((TOP / tree).rglob("*")) if path.suffix in (".cc", ".h")}
    findings = [f"packaging/cmake/rooms.cmake: <{header}> is precompiled, and this lint has no words for it"
                for header in sorted(precompiled() - set(WORDS))]
    if not precompiled():
        findings.append("packaging/cmake/rooms.cmake: its list of precompiled headers was not found")
    for name, file in files.items():
        known = reached(name, files) | {name}
        findings += [f"{name}: uses {pattern.search(file.code)[0]} without {header}"
                     for header, pattern in PATTERNS.items()
                     if header not in known and pattern.search(file.code)]
    for finding in findings:
        print(finding)
    print(f"{len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
