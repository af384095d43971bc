#!/usr/bin/env python3
"""Holds the layout: who includes whom, and who may know the real clock.

1. A file includes only rooms that its CMake declaration (edgeherd_room ... DEPS) reaches.
2. What no declaration may loosen: FORBIDDEN, EXCEPTIONS and PURE below.
3. Real clocks, sleeps and randomness stand only in the files of clock_allow.txt.

usage: layers.py TOP    exit 0 when clean, 1 with one line per finding
"""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1]).resolve()
HERE = TOP / "tests" / "lint"
TREES = ("common", "agent", "coordinator")

# room prefix -> prefixes of rooms that it may never reach, however declared
FORBIDDEN = {
    "common/": ("agent/", "coordinator/", "tests/"),
    "agent/": ("coordinator/", "tests/"),
    "coordinator/": ("agent/", "tests/"),
    "coordinator/act": ("coordinator/observe", "coordinator/app", "coordinator/api", "coordinator/store",
                        "coordinator/providers", "coordinator/dns", "coordinator/notify"),
    # behind a seam, nobody knows who decides
    "coordinator/providers": ("coordinator/decide",),
    "coordinator/dns": ("coordinator/decide",),
    "coordinator/store": ("coordinator/decide",),
    "coordinator/notify": ("coordinator/decide",),
    # `config check` uses the coordinator's own reader; the program's main hands it in
    "coordinator/cli": ("coordinator/model", "coordinator/decide", "coordinator/act", "coordinator/store",
                        "coordinator/providers", "coordinator/dns", "coordinator/observe"),
}
# coordinator/sim is the one place where both sides meet
EXCEPTIONS = {("coordinator/sim", "agent/session"), ("coordinator/sim", "agent/logs"),
              ("coordinator/sim", "agent/command")}
# rooms that may reach these rooms and nothing else, library or room
PURE = {
    "coordinator/model": {"common/core", "common/sketch"},
    "coordinator/decide": {"common/core", "common/sketch", "coordinator/model"},
    "coordinator/act/seams": {"common/core", "common/sketch", "common/wire", "coordinator/model"},
    "coordinator/evidence": {"common/core", "common/sketch", "coordinator/model", "coordinator/decide"},
}
PURE_HEADERS = re.compile(r"<(boost|asio|zmq|spdlog|msgpack|fstream|filesystem|thread|mutex|sqlite3|openssl|"
                          r"sys/|unistd|fcntl|random>|iostream)")
CLOCKS = re.compile(r"(steady_clock|system_clock|high_resolution_clock)::now|std::random_device|\bsleep_for\b|"
                    r"\bsleep_until\b|\busleep\(|\bnanosleep\(|\bgettimeofday\(|\bclock_gettime\(|"
                    r"(?<![\w.:>])s?rand\(|(?<![\w.:>])time\((nullptr|NULL|0)\)|\bgetrandom\(")


def declared_rooms():
    rooms = {}
    for tree in TREES:
        text = (TOP / tree / "CMakeLists.txt").read_text()
        text = re.sub(r"#.*", "", text)
        for match in re.finditer(r"edgeherd_room\(\s*(\S+)(?:\s+DEPS\s+([^)]*))?\)", text):
            rooms[match[1]] = (match[2] or "").split()
    return rooms


def declared_mains():
    """The file with a program's main -> the targets that the program links."""
    mains = {}
    for tree in TREES:
        text = re.sub(r"#.*", "", (TOP / tree / "CMakeLists.txt").read_text())
        for match in re.finditer(r"edgeherd_program\(\s*\S+\s+(\S+)(?:\s+DEPS\s+([^)]*))?\)", text):
            mains[match[1]] = (match[2] or "").split()
    return mains


def main():
    findings = []
    rooms = declared_rooms()
    by_target = {room.replace("/", "_"): room for room in rooms}

    def reach(room, seen=None):
        seen = set() if seen is None else seen
        for dep in rooms[room]:
            other = by_target.get(dep)
            if other and other not in seen:
                seen.add(other)
                reach(other, seen)
        return seen

    closures = {room: reach(room) for room in rooms}
    # A main joins rooms that do not know each other: it may include what its program links.
    joined = {path: set().union(*({by_target[dep]} | closures[by_target[dep]] for dep in deps if dep in by_target))
              for path, deps in declared_mains().items()}
    for room, reached in closures.items():
        if room in reached:
            findings.append(f"{room}: the rooms' dependencies go in a circle")
        for prefix, banned in FORBIDDEN.items():
            if not room.startswith(prefix):
                continue
            for other in sorted(reached):
                allowed = any(room.startswith(a) and other.startswith(b) for a, b in EXCEPTIONS)
                if other.startswith(banned) and not allowed:
                    findings.append(f"{room}: may not know {other}")
        if room in PURE and reached - PURE[room]:
            findings.append(f"{room}: may know {sorted(PURE[room])} alone, reaches {sorted(reached - PURE[room])}")
        if room in PURE:
            for dep in rooms[room]:
                if dep not in by_target:
                    findings.append(f"{room}: may link no library, links {dep}")

    allow_path = HERE / "clock_allow.txt"
    allowed_clocks = {line.split("#")[0].strip() for line in allow_path.read_text().splitlines()} - {""}
    used_allowances = set()
    files = [p for tree in TREES for p in sorted((TOP / tree).rglob("*")) if p.suffix in (".h", ".cc")]
    for path in files:
        name = path.relative_to(TOP).as_posix()
        room = path.parent.relative_to(TOP).as_posix()
        if room not in rooms:
            findings.append(f"{name}: {room} is no declared room")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if include:
                target = pathlib.PurePosixPath(include[1]).parent.as_posix()
                if not include[1].startswith(TREES):
                    findings.append(f"{name}:{number}: include paths start at the top of the tree")
                elif target != room and target not in closures[room] | joined.get(name, set()):
                    findings.append(f"{name}:{number}: {room} includes {target}, which it does not declare")
            if room in PURE and re.match(r"\s*#\s*include\s+" + PURE_HEADERS.pattern, line):
                findings.append(f"{name}:{number}: {room} is pure, this header is not: {line.strip()}")
            code = line.split("//")[0]
            if CLOCKS.search(code):
                if name in allowed_clocks:
                    used_allowances.add(name)
                else:
                    findings.append(f"{name}:{number}: a real clock, sleep or randomness outside clock_allow.txt")
    for name in sorted(allowed_clocks - used_allowances):
        findings.append(f"tests/lint/clock_allow.txt: {name} needs no allowance any more")

    for finding in findings:
        print(finding)
    print(f"{len(files)} files in {len(rooms)} rooms: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
