#!/usr/bin/env python3
"""The layer lint must find what it is there to find: each trespass is planted in a copy of the tree."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(sys.argv[1]).resolve()

PLANTED = [
    ("coordinator/decide/planted.cc", '#include "common/os/real.h"\n', "does not declare"),
    ("coordinator/model/planted.cc", "#include <thread>\n", "is pure"),
    ("agent/collect/planted.cc", '#include "coordinator/model/node.h"\n', "does not declare"),
    ("agent/session/planted.cc", "auto t = std::chrono::steady_clock::now();\n", "real clock"),
    ("common/core/planted.cc", "std::random_device device;\n", "real clock"),
    ("coordinator/providers/local/planted.cc", '#include "coordinator/act/core/core.h"\n', "does not declare"),
    ("common/strange/planted.cc", "int x;\n", "no declared room"),
]


def lint(top):
    done = subprocess.run([sys.executable, top / "tests/lint/layers.py", top], capture_output=True, text=True)
    return done.returncode, done.stdout


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as temporary:
        copy = pathlib.Path(temporary) / "tree"
        for tree in ("common", "agent", "coordinator", "tests/lint"):
            shutil.copytree(TOP / tree, copy / tree)
        for name, text, expected in PLANTED:
            path = copy / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            status, output = lint(copy)
            found = [line for line in output.splitlines() if line.startswith(name) and expected in line]
            if status != 1 or not found:
                print(f"{name}: planted {text.strip()!r}, the lint did not say {expected!r}")
                failures += 1
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        cmake = copy / "coordinator/CMakeLists.txt"
        cmake.write_text(cmake.read_text() + "\nedgeherd_room(coordinator/model DEPS common_os)\n")
        status, output = lint(copy)
        if status != 1 or "coordinator/model: may know" not in output:
            print("a declaration that loosens coordinator/model was not found")
            failures += 1
    print(f"{len(PLANTED) + 1} trespasses planted, {failures} not found")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
