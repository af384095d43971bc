"""A small fleet of real processes for the integration tests: coordinator, nodes, viewers.

Everything lives in one temporary directory and ends with the test, whatever happens in it. Time is
short by configuration: what takes minutes in production takes a second or two here.
"""
import contextlib
import copy
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
IMAGES = SOURCE / "packaging" / "images" / "local"
LOOK_EVERY_S = 0.05
SETTLE_S = 40        # no step of a node's life takes longer with these timings
BINARIES = None      # set by main()

sys.path += [str(SOURCE / "packaging" / "demo"), str(SOURCE / "tests" / "support")]
import lines  # noqa: E402
import stalls  # noqa: E402
from free_port import free_port  # noqa: E402

COORDINATOR = {
    "fleet_id": "trial",
    "timings": {
        "tick": "200ms", "inventory_period": "1s", "create_settle": "2s", "boot_deadline": "20s",
        "boot_time": "2s", "drain_deadline": "4s", "flush_deadline": "20s", "health_period": "10s",
        "failures_in_period": 5, "resend_command": "1s", "agent_away": "3s", "retry_call": "1s",
        "reboot_patience": "3s", "start_up": "4s",
    },
    "scaling": {"scale_in_stabilisation": "2s"},
    "budgets": {"scale_in_fraction": 1.0, "scale_in_window": "1s",
                "other_fraction": 1.0, "other_window": "1s"},
    "breakers": {"zone_nodes": 20, "account_fraction": 1.0, "window": "1s",
                 "placement_backoff": "2s", "placement_backoff_most": "4s"},
}
LOCAL = {
    "type": "local", "image_id": "v1", "image_version": "v1",
    "concurrency": 8, "calls_per_s": 50,
    "targets": {"requests": None, "cpu": None, "egress": None, "disk": None},
    "dns_ttl": "1s",
    "probe": {"health_port": 9180, "edge_port": 8080, "edge_path": "/edgeherd-probe", "edge_body": "edge"},
}


def claim_addresses():
    """A range of loopback addresses that no other test uses now: the socket that says so, the range."""
    for part in range(200, 248):
        claim = socket.socket()
        try:
            claim.bind((f"127.{part}.255.254", 9179))
            return claim, f"127.{part}.0.0/16"
        except OSError:
            claim.close()
    raise AssertionError("no loopback range is free: 127.200.0.0/16 and above")


def merged(base, more):
    whole = copy.deepcopy(base)
    for key, value in more.items():
        both = isinstance(value, dict) and isinstance(whole.get(key), dict)
        whole[key] = merged(whole[key], value) if both else value
    return whole


class Answer(Exception):
    """An answer of the API that is an error."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class Fleet:
    """One coordinator, one account of the provider `local`, one zone `lon1`."""

    provider = "local"
    zone = "local/lon1"

    def __init__(self, least, most, coordinator=None, local=None, faults=None, agent=True):
        self.lay_out()
        self.prepare(least, most, merged({
            "archive": {"url": f"file://{self.archive}"},
            "dns": {"type": "file", "zone": "edge.test", "file": str(self.work / "edge.test.zone")},
        }, coordinator or {}))
        shutil.copytree(IMAGES, self.images)
        self.account = merged(merged(LOCAL, {
            "options": {"root": str(self.local), "images": str(self.images),
                        "addresses": self.addresses,
                        "agent": str(BINARIES / "edgeherd-agent") if agent else "",
                        "faults": merged({"boot_delay": "300ms"}, faults or {})},
            "regions": {"lon": {"name": "London", "state": "active", "zones": {"lon1": {
                "state": "active", "min_servers": least, "max_servers": most,
                "dns_name": "lon1.edge.test"}}}},
        }), local or {})
        self.write_configuration()

    def lay_out(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="edgeherd-fleet-"))
        self.config = self.work / "etc"
        self.archive = self.work / "archive"
        self.images = self.work / "images"
        self.local = self.work / "local"
        self.log = self.work / "coordinator.log"
        (self.config / "providers").mkdir(parents=True)

    def prepare(self, least, most, coordinator):
        self.claim, self.addresses = claim_addresses()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.program = None
        self.others = []
        self.least, self.most = least, most
        self.settings = merged(merged(COORDINATOR, {
            "state_dir": str(self.work / "state"),
            "listen": f"127.0.0.1:{self.port}",
            "agents": {"fleet_port": free_port(), "enroll_port": free_port()},
        }), coordinator)

    def write_configuration(self):
        (self.config / "coordinator.json").write_text(json.dumps(self.settings, indent=2) + "\n")
        (self.config / "providers" / f"{self.provider}.json").write_text(json.dumps(self.account, indent=2) + "\n")

    # What the coordinator does.

    def start(self):
        with open(self.log, "ab") as log:
            self.program = subprocess.Popen(
                [BINARIES / "edgeherd-coordinator", "--config", self.config],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.wait("the coordinator answers", self.answers, 30)

    def answers(self):
        if self.program.poll() is not None:
            raise AssertionError(f"the coordinator ended with status {self.program.returncode}")
        try:
            self.get("/v1/status")
            return True
        except (OSError, Answer) as no:
            if isinstance(no, Answer) and no.status != 503:  # it is starting
                raise
            return False

    def kill(self):
        self.program.kill()
        self.program.wait()

    def stop(self):
        self.program.terminate()
        return self.program.wait(30)

    def get(self, path):
        return self.ask(urllib.request.Request(self.url + path))

    def post(self, path, body):
        return self.ask(urllib.request.Request(self.url + path, json.dumps(body).encode(),
                                               {"Content-Type": "application/json"}))

    @staticmethod
    def ask(request):
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Answer(error.code, error.read().decode()) from error

    def cli(self, *arguments):
        return subprocess.run([BINARIES / "edgeherd", *arguments, "--endpoint", self.url],
                              capture_output=True, text=True, timeout=60, check=False)

    def must(self, *arguments):
        done = self.cli(*arguments)
        if done.returncode != 0:
            raise AssertionError(f"edgeherd {' '.join(arguments)}: {done.returncode} {done.stderr}")
        return done.stdout

    def nodes(self, state=None):
        found = {n["id"]: n for n in self.get("/v1/nodes")["nodes"]}
        return {i: n for i, n in found.items() if state in (None, n["state"])}

    def node(self, node):
        try:
            return {"verdict": "unknown", "flags": []} | self.get(f"/v1/nodes/{node}")
        except Answer as answer:
            if answer.status != 404:
                raise
            return {"id": node, "state": "gone", "verdict": "unknown", "flags": []}

    def state(self, node):
        return self.node(node)["state"]

    def events(self, *codes):
        found, after = [], 0
        while page := self.get(f"/v1/events?after={after}&limit=500")["events"]:
            found += page
            after = page[-1]["number"]
        return [e for e in found if not codes or e["code"] in codes]

    # What is there, seen from outside.

    def directory(self, node):
        return self.directories()[node]

    def directories(self):
        """The directory of every node's VM; a node with two is an error wherever it is seen."""
        found = {}
        for disk in self.local.glob("nodes/vm-*"):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
                node = json.loads((disk / "vm.json").read_text())["node"]
                if node in found:
                    raise AssertionError(f"{node} has two VMs: {found[node].name} and {disk.name}")
                found[node] = disk
        return found

    def processes(self, node, command=""):
        return [pid for pid, name in lines.marked_processes(self.directory(node))
                if name.startswith(command[:15])]

    def signal(self, node, number, command=""):
        found = self.processes(node, command)
        if not found:
            raise AssertionError(f"{node} has no process '{command}'")
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return found

    # Waiting: every condition has a name and a limit, and the fleet is checked at each look.

    def wait(self, what, condition, limit_s=SETTLE_S):
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            self.directories()
            if condition():
                return
            time.sleep(LOOK_EVERY_S)
        raise AssertionError(f"within {limit_s} s it did not happen that {what}")

    def holds(self, what, condition, for_s):
        end = time.monotonic() + for_s
        while time.monotonic() < end:
            if not condition():
                raise AssertionError(f"for {for_s} s it should have held that {what}")
            time.sleep(LOOK_EVERY_S)

    def wait_state(self, node, *states, limit_s=SETTLE_S):
        self.wait(f"{node} is {' or '.join(states)}", lambda: self.state(node) in states, limit_s)

    def in_service(self):
        return sorted(i for i, n in self.nodes("in_service").items() if n["verdict"] == "healthy")

    def wait_service(self, count, limit_s=SETTLE_S):
        self.wait(f"{count} nodes are in service and healthy",
                  lambda: len(self.in_service()) == count, limit_s)
        return self.in_service()

    def wait_as_desired(self, count, limit_s=SETTLE_S):
        """`count` healthy nodes, no others, and exactly their directories; names agree."""
        def as_desired():
            alive = set(self.nodes()) - set(self.nodes("gone"))
            return (len(self.in_service()) == count == len(alive)
                    and set(self.directories()) == alive == self.named())
        self.wait(f"the zone is {count} healthy nodes and nothing else", as_desired, limit_s)

    def named(self):
        addresses = {n["address"]: i for i, n in self.nodes().items()}
        zone = self.work / "edge.test.zone"
        text = zone.read_text() if zone.exists() else ""  # before the first name is written
        found = re.findall(r"^lon1\.edge\.test\. .* A ([0-9.]+)", text, re.MULTILINE)
        return {addresses.get(address, address) for address in found}

    # The archive, and the viewers.

    def archive_away(self):
        """Nothing of this account can be read from or written to the archive, by root neither."""
        self.archive.mkdir(exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self.archive / "local").rename(self.work / "archive.away")
        (self.archive / "local").write_text("no directory\n")

    def archive_back(self):
        (self.archive / "local").unlink()
        with contextlib.suppress(FileNotFoundError):
            (self.work / "archive.away").rename(self.archive / "local")

    def traffic(self, seconds, per_s=100):
        report = self.work / f"traffic-{len(self.others)}.json"
        program = subprocess.Popen(
            [BINARIES / "edgeherd-traffic", "--endpoint", self.url, "--zone", self.zone, "--path",
             "/1k.ts", "--plan", f"only:{seconds}:{per_s}", "--report", report],
            stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.others.append(program)
        return Traffic(program, report)

    def lines(self):
        """Lines of the archive and of living disks, with the agents held still while they are counted."""
        lines.freeze_agents(self.local)
        try:
            stored, _ = lines.archived(self.archive)
            return stored, lines.live(self.local, self.archive)
        finally:
            lines.thaw_agents(self.local)

    def close(self):
        for program in [self.program, *self.others]:
            if program is not None and program.poll() is None:
                program.kill()
                program.wait()
        for program in self.others:
            if program.stderr:
                program.stderr.close()
        lines.stop_nodes(self.local)
        self.claim.close()
        # A disk that a test mounted is found by its place: the provider renames what it removes.
        for mount in pathlib.Path("/proc/mounts").read_text().splitlines():
            if (place := mount.split()[1]).startswith(f"{self.work}/"):
                subprocess.run(["umount", "--lazy", place], check=False)
        if not os.environ.get("EDGEHERD_KEEP"):
            shutil.rmtree(self.work, ignore_errors=True)


class Traffic:
    def __init__(self, program, report):
        self.program, self.report = program, report

    def finish(self):
        """What the viewers counted: (answered, failed, what they complained about)."""
        _, said = self.program.communicate(timeout=90)
        counted = json.loads(self.report.read_text())
        return counted["requests_answered"], counted["requests_failed"], said


class FleetCase(unittest.TestCase):
    def fleet(self, *arguments, **more):
        fleet = Fleet(*arguments, **more)
        self.addCleanup(fleet.close)
        self.addCleanup(self.tell, fleet)  # runs first: while everything still lies there
        return fleet

    def tell(self, fleet):
        errors = [e for _, e in getattr(self._outcome, "errors", []) if e] or \
            getattr(getattr(self._outcome, "result", None), "failures", []) and \
            [t for t, _ in self._outcome.result.failures + self._outcome.result.errors if t is self]
        if errors and fleet.log.exists():
            sys.stderr.write("".join(fleet.log.read_text(errors="replace").splitlines(True)[-60:]))

    def assert_lines(self, fleet, *runs):
        """Every request that was answered left one line, in the archive or on a living disk."""
        answered = 0
        for traffic in runs:
            count, failed, said = traffic.finish()
            self.assertEqual(failed, 0, said)
            self.assertGreater(count, 0)
            answered += count
        time.sleep(1.2)  # nginx writes its buffer once a second
        stored, living = fleet.lines()
        self.assertEqual(stored + living, answered, f"archived {stored}, live {living}")


def main():
    global BINARIES
    BINARIES = pathlib.Path(sys.argv.pop(1)).resolve()
    sys.modules["fleet"].BINARIES = BINARIES
    stalls.main()
