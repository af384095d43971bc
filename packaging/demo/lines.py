"""Counts access-log lines where they lie, from outside: the archive's objects, the living nodes' disks.

Also finds the processes of local nodes by the mark that the provider sets in their environment.
"""
import gzip
import hashlib
import json
import os
import pathlib
import re
import signal
import time

SEGMENT = re.compile(r"^(\d{12})\.log(\.gz)?$")


def count(path):
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
    except FileNotFoundError:
        return 0


def objects_of(archive):
    return sorted(pathlib.Path(archive).rglob("*.log.gz"))


def archived(archive):
    """Lines in the archive, and how many objects are what their node's manifest says (or, while the
    node lives and has none, can be read to their end)."""
    total = verified = 0
    hashes = {}
    for manifest in pathlib.Path(archive).rglob("manifest.json"):
        for segment in json.loads(manifest.read_text())["segments"]:
            hashes[segment["key"]] = segment["sha256"]
    for path in objects_of(archive):
        total += count(path)
        expected = next((sha for key, sha in hashes.items() if str(path).endswith("/" + key)), None)
        if expected is None or hashlib.sha256(path.read_bytes()).hexdigest() == expected:
            verified += 1
    return total, verified


def live(local, archive):
    """Lines on living nodes that are not in the archive: the open log, and segments not yet stored."""
    stored = {(path.parent.parent.name, path.name.split(".")[0]) for path in objects_of(archive)}
    total = 0
    for disk in sorted(pathlib.Path(local).glob("nodes/*")):
        try:
            node = json.loads((disk / "vm.json").read_text())["node"]
        except (FileNotFoundError, NotADirectoryError):
            continue  # destroyed meanwhile: everything of it was stored before
        total += count(disk / "log" / "access.log")
        segments = {}
        for path in (disk / "agent").rglob("*"):
            match = SEGMENT.match(path.name)
            if match and (match[1] not in segments or match[2]):
                segments[match[1]] = path
        total += sum(count(path) for seq, path in segments.items() if stored_key(node, seq, stored) is None)
    return total


def stored_key(node, seq, stored):
    wanted = int(seq)
    return next((key for key in stored if key[0] == node and int(key[1]) == wanted), None)


def marked_processes(local):
    """(pid, command) of every process that belongs to `local` or a node below it: its environment or,
    as nginx writes its title over that, its working directory says so."""
    root = f"{pathlib.Path(local).resolve()}/"
    name = b"EDGEHERD_NODE_DIR="
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
            places = [word[len(name):].decode() for word in environment if word.startswith(name)]
            places.append(os.readlink(entry / "cwd").removesuffix(" (deleted)"))
            if any(f"{place}/".startswith(root) for place in places):
                yield int(entry.name), (entry / "comm").read_text().strip()
        except OSError:
            continue


def signal_all(local, number, command=None):
    for pid, name in list(marked_processes(local)):
        if command is None or name.startswith(command):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass


def freeze_agents(local):
    signal_all(local, signal.SIGSTOP, "edgeherd-agent"[:15])
    time.sleep(0.5)  # what was under way at the archive is finished


def thaw_agents(local):
    signal_all(local, signal.SIGCONT, "edgeherd-agent"[:15])


def stop_nodes(local):
    for _ in range(20):
        if not list(marked_processes(local)):
            return
        signal_all(local, signal.SIGKILL)
        time.sleep(0.1)
