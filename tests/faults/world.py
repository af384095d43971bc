"""A fleet in a lab, with the brakes on, and what must hold of it whatever the fault was."""
import collections
import contextlib
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

import fleet
import lab
import watch

TTL_S = 1
BUFFER_S = 1.2  # nginx writes its buffer once a second
OTHER_WINDOW_S = 8
NUMBERS = 1_000_000  # of requests, for each run of viewers
NAME = "lon1.edge.test"
LINE = re.compile(rb"GET /1k\.ts\?v=(\d+) ")
COORDINATOR = {
    "timings": {"health_period": "12s", "failures_in_period": 9, "start_up": "6s", "reboot_patience": "4s"},
    # One node at a time, and the brakes of production: nothing of fleet.py's haste.
    "budgets": {"other_fraction": 0.05, "other_window": f"{OTHER_WINDOW_S}s"},
    "breakers": {"zone_nodes": 2, "zone_fraction": 0.3, "account_fraction": 0.5, "window": "20s"},
}
LAB = None       # set by main()
HELPERS = None


class FaultFleet(fleet.Fleet):
    def __init__(self, least, most, coordinator=None, local=None, **more):
        archive_port = fleet.free_port()
        settings = fleet.merged(COORDINATOR, {
            "agents": {"address": lab.HEAD},
            "archive": {"listen": f"{lab.HEAD}:{archive_port}"},
        })
        account = {"options": {"addresses": lab.NODES, "start_with": LAB.start_with()}}
        super().__init__(least, most, coordinator=fleet.merged(settings, coordinator or {}),
                         local=fleet.merged(account, local or {}), **more)
        self.reports = []
        self.watch = watch.Watch(self.local, self.work / "edge.test.zone", NAME, TTL_S)

    # The coordinator, perhaps started by another program.

    def start(self, before=(), environment=None, wait=True):
        with open(self.log, "ab") as log:
            self.program = subprocess.Popen(
                [*before, fleet.BINARIES / "edgeherd-coordinator", "--config", self.config],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, **(environment or {})})
        if wait:
            self.wait("the coordinator answers", self.answers, 20)

    def coordinators(self):
        """Only ours are seen: the lab has processes of its own."""
        return list(pids("edgeherd-coordinator"))

    def kill(self):
        for pid in self.coordinators():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # A tracer follows the nodes too: it lets go of them.
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.program.wait(0.2)
        self.program.send_signal(signal.SIGINT)
        return self.program.wait(10)

    # Viewers.

    def viewers(self, seconds, per_s=40):
        report = self.work / f"viewers-{len(self.others)}.json"
        program = subprocess.Popen(
            LAB.at_edges(sys.executable, HERE / "viewers.py", self.work / "edge.test.zone", NAME,
                         8080, per_s, seconds, len(self.others) * NUMBERS, report),
            stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.others.append(program)
        return Viewers(program, report)

    def address(self, node):
        return json.loads((self.directory(node) / "vm.json").read_text())["address"]

    def found_lines(self):
        """number -> how many lines of it lie in the archive and on living disks, each place once."""
        fleet.lines.freeze_agents(self.local)
        try:
            found = collections.Counter()
            stored = fleet.lines.objects_of(self.archive)
            keys = {(p.parent.parent.name, int(p.name.split(".")[0])) for p in stored}
            for path in [*stored, *self.unstored(keys)]:
                found.update(map(int, LINE.findall(content(path))))
            return found
        finally:
            fleet.lines.thaw_agents(self.local)

    def unstored(self, stored):
        for node, disk in self.directories().items():
            yield disk / "log" / "access.log"
            segments = {}
            for path in disk.rglob("*"):
                match = fleet.lines.SEGMENT.match(path.name)
                if match and (match[1] not in segments or match[2]):
                    segments[match[1]] = path
            yield from (p for seq, p in segments.items() if (node, int(seq)) not in stored)

    def close(self):
        LAB.heal()
        fleet.lines.signal_all(self.local, signal.SIGCONT)
        for pid in self.coordinators():
            os.kill(pid, signal.SIGKILL)
        self.watch.close()
        super().close()


class Viewers:
    def __init__(self, program, report):
        self.program, self.report = program, report

    def finish(self):
        """[number, address, sent, answered, complaint] of every request, once they have stopped."""
        if self.program.poll() is None:
            self.program.terminate()
        _, said = self.program.communicate(timeout=30)
        if self.program.returncode != 0:
            raise AssertionError(f"the viewers ended with status {self.program.returncode}: {said}")
        return json.loads(self.report.read_text())


def content(path):
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return b""


def pids(name):
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == name[:15]:
                yield int(entry.name)


class FaultCase(fleet.FleetCase):
    def fleet(self, *arguments, **more):
        one = FaultFleet(*arguments, **more)
        self.addCleanup(one.close)
        self.addCleanup(self.tell, one)
        return one

    def served(self, count, most=None, **more):
        one = self.fleet(count, most or count + 2, **more)
        one.start()
        one.service = one.wait_service(count)
        one.wait_as_desired(count)
        return one

    # What must hold.

    def assert_nothing_removed(self, one):
        self.assertEqual(one.watch.destroyed, [])
        self.assertEqual(set(one.directories()), set(one.service), "somebody was launched")

    def assert_kept(self, one, budget_s=OTHER_WINDOW_S):
        """Nothing was ever seen that may never be seen; and not more left than the budget gives."""
        self.assertEqual(one.watch.problems, [])
        self.assertLessEqual(one.watch.most_left_within(budget_s * 0.9), 1)

    def assert_no_orphans(self, one):
        """No process and no directory of a VM that is not the provider's any more."""
        self.assertEqual([p.name for p in one.local.glob("nodes/.*")], [])
        ids = {disk.name for disk in one.directories().values()}
        for pid, name in fleet.lines.marked_processes(one.local):
            with contextlib.suppress(OSError):
                place = os.readlink(f"/proc/{pid}/cwd")
                self.assertTrue(any(f"/{vm}" in place for vm in ids), f"{name} runs in {place}")

    def assert_served(self, requests, allowed=0):
        failed = [r for r in requests if r[4]]
        self.assertGreater(len(requests), len(failed))
        self.assertLessEqual(len(failed), allowed, failed[:5])

    def assert_lines_once(self, one, requests, spared=()):
        """Each answered request left its line, once; `spared`: (address, from, to), answered by an nginx
        that was killed before it wrote its buffer."""
        time.sleep(BUFFER_S)
        found = one.found_lines()
        doubled = {n: c for n, c in found.items() if c > 1}
        self.assertEqual(doubled, {}, "lines are there twice")
        lost = [r for r in requests if r[3] and not found[r[0]]
                and not any(r[1] == a and since <= r[3] <= until for a, since, until in spared)]
        self.assertEqual(lost, [], f"{len(lost)} lines are lost")


def main():
    """usage: FILE BINARIES HELPERS [unittest's arguments]"""
    global LAB, HELPERS
    lab.enter()
    fleet.BINARIES = pathlib.Path(sys.argv.pop(1)).resolve()
    HELPERS = pathlib.Path(sys.argv.pop(1)).resolve()
    LAB = lab.Lab(HELPERS)
    # A test file imports this one by name; what was set above is seen there only by that name.
    sys.modules["world"].LAB = LAB
    unittest.main(module="__main__", verbosity=2)
