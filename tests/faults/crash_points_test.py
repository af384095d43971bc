"""Killed exactly at a write or a sync, and syncs that fail: the coordinator's database, the agent's ledger."""
import os
import signal
import subprocess
import time

import world
from world import FaultCase, fleet

STRACE = ["strace", "-f", "-qq", "-I", "2", "-o", "/dev/null"]
SYNC = "fsync,fdatasync"


def injected(calls, fault):
    return ["-e", f"trace={calls}", "-e", f"inject={calls}:{fault}"]


class CoordinatorKilledAt(FaultCase):
    """Each life ends at one more write or sync than the one before, while the zone grows and shrinks."""

    @staticmethod
    def ends_within(one, seconds):
        end, seen = time.monotonic() + seconds, False
        while time.monotonic() < end:
            alive = bool(one.coordinators())
            if seen and not alive:
                return True
            seen = seen or alive
            time.sleep(0.02)
        return False  # so many were not needed

    def ends_at(self, calls, points, least_deaths):
        # Sized by requests, so that it also shrinks.
        one = self.served(2, 6, local={"capacity": {"requests_per_s": 200}, "targets": {"requests": 0.7}})
        viewers = one.viewers(180)
        zone = one.account["regions"]["lon"]["zones"]["lon1"]
        # Only these files: strace follows the nodes too, which the coordinator starts.
        files = [word for name in ("state.db", "state.db-wal", "history.db", "history.db-wal")
                 for word in ("-P", str(one.work / "state" / name))]
        deaths = 0
        for number, point in enumerate(points):
            one.kill()
            zone["min_servers"] = 2 + (number + 1) % 2
            one.write_configuration()
            one.start([*STRACE, *files, *injected(calls, f"signal=SIGKILL:when={point}")], wait=False)
            deaths += self.ends_within(one, 10)
        self.assertGreaterEqual(deaths, least_deaths)
        one.kill()
        one.start()
        one.wait_as_desired(zone["min_servers"], limit_s=60)
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assert_no_orphans(one)
        self.assertEqual(one.watch.problems, [])
        # One is to leave whenever the zone has grown, and none but it.
        self.assertLessEqual(len(one.watch.destroyed), len(points) // 2 + 1)
        self.assertEqual(one.events("logs_given_up"), [])

    def test_a_sync_of_its_database(self):
        self.ends_at(SYNC, range(1, 8), 3)

    def test_a_write_to_its_database(self):
        self.ends_at("pwrite64", (1, 2, 3, 5, 8, 13, 21), 4)


class AgentKilledAt(FaultCase):
    def test_a_sync_of_its_ledger_loses_no_line_and_stores_none_twice(self):
        """A node that leaves: its agent rotates, packs and stores; each of its lives ends one sync later."""
        one = self.fleet(2, 4, coordinator={"timings": {"flush_deadline": "90s"}})
        wrapper = one.work / "agent"
        inject = " ".join(injected(SYNC, "signal=SIGKILL:when=$n"))
        wrapper.write_text(f"""#!/bin/sh
n=$(cat kill-at 2>/dev/null || echo 99)
[ "$n" -le {self.points} ] || exec {fleet.BINARIES}/edgeherd-agent "$@"
echo $((n + 1)) > kill-at
exec {' '.join(STRACE)} --seccomp-bpf {inject} {fleet.BINARIES}/edgeherd-agent "$@"
""")
        wrapper.chmod(0o755)
        one.account["options"]["agent"] = str(wrapper)
        one.write_configuration()
        one.start()
        leaving = one.wait_service(2)[0]
        home = one.directory(leaving)
        viewers = one.viewers(120)
        time.sleep(2)
        (home / "kill-at").write_text("1\n")
        one.must("terminate", leaving)
        one.signal(leaving, signal.SIGKILL, "edgeherd-agent")
        one.wait(f"it has died at {self.least_deaths} syncs", lambda: int(
            world.content(home / "kill-at") or self.points) > self.least_deaths, 60)
        one.wait_state(leaving, "gone", limit_s=90)
        one.wait_as_desired(2)
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assertEqual(one.watch.destroyed_nodes(), [leaving])
        self.assertEqual(one.events("logs_given_up", "node_held"), [])
        self.assert_kept(one)
        self.assert_no_orphans(one)

    points, least_deaths = 12, 4


class SyncsFail(FaultCase):
    """A disk that says it could not write: nothing is done outside on what is not durable."""

    def failing(self, pid):
        tracer = subprocess.Popen([*STRACE, *injected(SYNC, "error=EIO"), "-p", str(pid)],
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(tracer.wait)
        self.addCleanup(tracer.kill)
        time.sleep(0.5)
        return tracer

    def test_of_the_coordinator_nothing_is_done_until_they_work_again(self):
        one = self.served(2, 4)
        viewers = one.viewers(90)
        (coordinator,) = one.coordinators()
        tracer = self.failing(coordinator)
        one.account["regions"]["lon"]["zones"]["lon1"]["min_servers"] = 3
        one.write_configuration()
        one.cli("config", "reload")
        one.wait("it says so", lambda: one.get("/v1/status")["state"] == "store_failing")
        one.holds("nothing is launched or removed", lambda: set(one.directories()) == set(one.service), 5)
        tracer.send_signal(signal.SIGINT)  # lets go
        tracer.wait(10)
        one.wait_as_desired(3)
        self.assertTrue(set(one.service) <= set(one.directories()))
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assert_kept(one)

    def test_of_an_agent_its_lines_wait_on_its_disk_until_they_work_again(self):
        one = self.served(2, 4, coordinator={"timings": {"flush_deadline": "60s"}})
        viewers = one.viewers(90)
        leaving = one.service[0]
        time.sleep(2)
        tracer = self.failing(one.processes(leaving, "edgeherd-agent")[0])
        one.must("terminate", leaving)
        one.wait_state(leaving, "draining", "flushing")
        one.holds("it is kept", lambda: leaving in one.directories(), 6)
        tracer.send_signal(signal.SIGINT)
        tracer.wait(10)
        one.wait_state(leaving, "gone", limit_s=60)
        one.wait_as_desired(2)
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assertEqual(one.events("logs_given_up"), [])
        self.assert_kept(one)


if __name__ == "__main__":
    world.main()
