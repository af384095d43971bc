"""Faults drawn from a seed, one after the other, on one fleet; after each, everything that must hold.

The schedule hangs on the seed alone: whom a fault strikes is drawn as a share of the fleet in the order of
birth. None of these faults gives a reason to remove a node, so only those leave that the operator sent away.
"""
import dataclasses
import os
import random
import signal
import subprocess
import time
import unittest

import lab
import world
from world import fleet

LEAST, MOST, START = 3, 7, 4
SETTLE_S = 120
PER_S = 25


@dataclasses.dataclass
class Step:
    number: int
    fault: str
    how: dict
    seconds: float
    operator: str = ""      # what the operator does meanwhile
    size: int = 0           # min_servers from now on
    whom: float = 0         # a share: which node he sends away

    def __str__(self):
        how = ", ".join(f"{k} {v}" for k, v in self.how.items())
        return (f"{self.number:4}: {self.fault} for {self.seconds:.1f} s ({how})"
                + (f"; the operator: {self.operator}" if self.operator else "") + f"; {self.size} servers")


def draw_ways(chance):
    return chance.choice(["both", "input", "output"])


# Fewer than 70 % of the others may answer: else whoever is cut off is rightly taken for dead.
FAULTS = {
    "cut": lambda c: {"ways": draw_ways(c), "share": c.choice([0.7, 1.0])},
    "lose": lambda c: {"ways": draw_ways(c), "percent": c.randint(5, 25)},
    "slow": lambda c: {"delay_ms": c.randint(20, 400), "jitter_ms": c.randint(0, 200)},
    "stop coordinator": lambda c: {},
    "kill coordinator": lambda c: {"every_s": round(c.uniform(0.1, 2.0), 2)},
    "stop agents": lambda c: {"share": c.choice([0.3, 0.5, 1.0])},
    "kill agents": lambda c: {"every_s": round(c.uniform(0.3, 3.0), 2), "share": c.choice([0.3, 1.0])},
    "clock": lambda c: {"jump_s": c.choice([400 * 86400, -5 * 3600, 3600, -400 * 86400, 90, -90])},
    "failing syncs": lambda c: {},
    "full state disk": lambda c: {},
    "killed at a sync": lambda c: {"when": c.randint(1, 12)},
}


def schedule(seed):
    """Endless."""
    chance = random.Random(seed)
    size, number = START, 0
    while True:
        number += 1
        fault = chance.choice(sorted(FAULTS))
        step = Step(number, fault, FAULTS[fault](chance), round(chance.uniform(2, 18), 1))
        step.operator = chance.choice(["", "grow", "send one away", "send one away"])
        if step.operator == "grow":
            # Zones that are not sized by anything never shrink by themselves.
            size = min(MOST, size + 1)
        step.size, step.whom = size, chance.random()
        yield step


class World:
    def __init__(self, case):
        self.case = case
        self.one = world.FaultFleet(START, MOST + 3, coordinator={"timings": {"flush_deadline": "2m"}})
        self.state = self.one.work / "state"
        self.state.mkdir()
        lab.run("mount", "-t", "tmpfs", "-o", "size=64m", "none", str(self.state))
        (self.one.work / "clock").write_text("0\n")
        self.environment = {"LD_PRELOAD": str(world.HELPERS / "libjumping_clock.so"),
                            "JUMPING_CLOCK": str(self.one.work / "clock")}
        self.asked = []
        self.requests = []
        self.start()

    def start(self, before=(), wait=True):
        self.one.start(before, self.environment, wait)

    def some(self, share):
        """So many of the living nodes, the oldest first."""
        vms = self.one.watch.vms
        living = sorted(self.one.watch.living, key=lambda vm: vms[vm]["created_ms"])
        return [vms[vm]["node"] for vm in living[:max(1, round(share * len(living)))]]

    def addresses(self, share):
        return None if share == 1.0 else [self.one.address(node) for node in self.some(share)]

    # Faults: each generator strikes, is asked again and again until the step's time is over, and mends.

    def cut(self, ways, share):
        world.LAB.cut(*self.ways(ways), addresses=self.addresses(share))
        yield from self.forever()

    def lose(self, ways, percent):
        world.LAB.lose(percent, *self.ways(ways))
        yield from self.forever()

    def slow(self, delay_ms, jitter_ms):
        world.LAB.slow(delay_ms, jitter_ms, 60)
        yield from self.forever()

    def stop_coordinator(self):
        for pid in self.one.coordinators():
            os.kill(pid, signal.SIGSTOP)
        yield from self.forever()

    def kill_coordinator(self, every_s):
        while True:
            self.one.kill()
            self.start(wait=False)
            yield every_s

    def stop_agents(self, share):
        for node in self.some(share):
            self.signal_agent(node, signal.SIGSTOP)
        yield from self.forever()

    def kill_agents(self, every_s, share):
        while True:
            for node in self.some(share):
                self.signal_agent(node, signal.SIGKILL)
            yield every_s

    def clock(self, jump_s):
        fresh = self.one.work / "clock.new"
        fresh.write_text(f"{jump_s}\n")
        fresh.replace(self.one.work / "clock")
        yield from self.forever()

    def failing_syncs(self):
        strace = ["strace", "-f", "-qq", "-I", "2", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
                  "-e", "inject=fsync,fdatasync:error=EIO"]
        tracer = subprocess.Popen([*strace, "-p", str(self.one.coordinators()[0])], stderr=subprocess.DEVNULL)
        try:
            yield from self.forever()
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait(10)

    def full_state_disk(self):
        filler = self.state / "filler"
        try:
            with open(filler, "wb", buffering=0) as full:
                while full.write(bytes(65536)):
                    pass
        except OSError:
            pass
        try:
            yield from self.forever()
        finally:
            filler.unlink()

    def killed_at_a_sync(self, when):
        self.one.kill()
        self.start(["strace", "-f", "-qq", "-I", "2", "-o", "/dev/null", "-P", str(self.state / "state.db-wal"),
                    "-e", "trace=fsync,fdatasync", "-e", f"inject=fsync,fdatasync:signal=SIGKILL:when={when}"],
                   wait=False)
        yield from self.forever()

    @staticmethod
    def forever():
        while True:
            yield 0.2

    @staticmethod
    def ways(ways):
        return () if ways == "both" else (ways,)

    def signal_agent(self, node, number):
        if node in self.one.directories():
            for pid in self.one.processes(node, "edgeherd-agent"):
                os.kill(pid, number)

    # One step.

    def operate(self, step):
        """As far as the coordinator listens; what it did not hear is said again when the fault is over."""
        zone = self.one.account["regions"]["lon"]["zones"]["lon1"]
        if zone["min_servers"] != step.size:
            zone["min_servers"] = step.size
            self.one.write_configuration()
            self.one.cli("config", "reload")
        if step.operator == "send one away" and self.asked_at_step != step.number:
            nodes = self.some(1.0)
            self.sent = nodes[int(step.whom * len(nodes))]
            self.asked_at_step = step.number
            self.asked.append(self.sent)
            self.one.cli("terminate", self.sent)

    asked_at_step, sent = 0, None

    def repair(self, step):
        """Ends the fault, and no more: what lived through it must come back by itself."""
        world.LAB.heal()
        for pid, name in list(fleet.lines.marked_processes(self.one.local)):
            if name.startswith("edgeherd-agent"[:15]):
                os.kill(pid, signal.SIGCONT)
        for pid in self.one.coordinators():
            os.kill(pid, signal.SIGCONT)
        # One that died is started again, as systemd would; one with a tracer of its own loses it.
        if step.fault == "killed at a sync" or not self.one.coordinators():
            self.one.kill()
            self.start()
        self.one.wait("the coordinator answers", self.one.answers, 20)

    def run(self, step):
        one = self.one
        viewers = one.viewers(600, PER_S)
        fault = getattr(self, step.fault.replace(" ", "_"))(**step.how)
        end = time.monotonic() + step.seconds
        next(fault)
        try:
            self.operate(step)
            while (left := end - time.monotonic()) > 0:
                time.sleep(max(0, min(left, next(fault))))
        finally:
            fault.close()
        self.repair(step)
        one.must("config", "reload")
        if self.sent and one.state(self.sent) == "in_service":
            one.cli("terminate", self.sent)
        self.sent = None
        one.wait_as_desired(step.size, limit_s=SETTLE_S)
        self.judge(viewers.finish())

    def judge(self, requests):
        one, case = self.one, self.case
        self.requests += requests
        case.assert_served(requests)
        case.assert_lines_once(one, self.requests)
        case.assertEqual(sorted(set(one.watch.destroyed_nodes()) - set(self.asked)), [],
                         "a node was removed that nobody sent away")
        case.assert_kept(one)
        case.assert_no_orphans(one)
        case.assertEqual(one.events("logs_given_up"), [])


class RandomFaults(world.FaultCase):
    minutes, seed = 0, 0

    def test_every_promise_holds_whatever_fails(self):
        ran = World(self)
        self.addCleanup(ran.one.close)
        self.addCleanup(self.tell, ran.one)
        ran.one.wait_as_desired(START)
        end = time.monotonic() + self.minutes * 60
        for step in schedule(self.seed):
            if time.monotonic() > end:
                break
            begun = time.monotonic()
            print(step, flush=True)
            ran.run(step)
            print(f"      as desired after {time.monotonic() - begun - step.seconds:.1f} s more", flush=True)
        print(f"seed {self.seed}: {step.number - 1} faults, {len(ran.requests)} requests, "
              f"{len(ran.one.watch.vms)} servers made, {len(ran.one.watch.destroyed)} destroyed", flush=True)


def run(build, minutes, seed, only_print):
    print(f"seed {seed}: replay with tests/faults/run.py --minutes {minutes:g} --seed {seed}", flush=True)
    if only_print:
        for step in schedule(seed):
            if step.number > minutes * 2:  # about so many are done in that time
                return 0
            print(step)
    fleet.BINARIES = world.HELPERS = build.resolve()
    world.LAB = lab.Lab(world.HELPERS)
    RandomFaults.minutes, RandomFaults.seed = minutes, seed
    result = unittest.TextTestRunner(verbosity=2).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(RandomFaults))
    return 0 if result.wasSuccessful() else 1
