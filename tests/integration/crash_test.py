"""kill -9 of coordinator and agent at every state of a node's life."""
import signal
import unittest

import fleet
from fleet import FleetCase


class CoordinatorKilled(FleetCase):
    """The node that the coordinator was busy with gets where it was going, once."""

    def fresh(self, **more):
        one = self.fleet(2, 4, **more)
        one.start()
        return one

    def kill_and_start(self, one, state):
        before = one.directories()
        one.kill()
        one.start()
        self.assertTrue(set(before) <= set(one.directories()) or state in ("flushed", "terminating"))

    def born_through(self, state, **more):
        one = self.fresh(**more)
        one.wait(f"a node is {state}", lambda: one.nodes(state))
        self.kill_and_start(one, state)
        one.wait_as_desired(2)
        self.assertEqual({e["node"] for e in one.events("launch")}, set(one.directories()))

    def test_while_a_node_is_requested_and_the_answer_was_lost(self):
        self.born_through("requested", faults={"create_lose_answer_next": 2})

    def test_while_a_node_boots(self):
        self.born_through("booting", faults={"boot_delay": "2s"})

    def test_while_a_node_is_verified(self):
        self.born_through("verifying")

    def leave_through(self, state, archive="there", **more):
        one = self.fresh(**more)
        first = one.wait_service(2)[0]
        viewers = one.traffic(6)
        one.wait("lines are written", lambda: one.directory(first).joinpath("log/access.log").stat().st_size)
        if archive == "away":
            one.archive_away()
        one.must("terminate", first)
        one.wait_state(first, state)
        self.kill_and_start(one, state)
        if archive == "away":
            one.wait_state(first, state)
            one.archive_back()
        one.wait_state(first, "gone")
        one.wait_as_desired(2)
        self.assert_lines(one, viewers)
        self.assertEqual(len(one.events("launch")), 3)

    def test_while_a_node_is_in_service(self):
        one = self.fresh()
        service = one.wait_service(2)
        viewers = one.traffic(5)
        self.kill_and_start(one, "in_service")
        one.wait_as_desired(2)
        self.assertEqual(one.in_service(), service)
        self.assert_lines(one, viewers)

    def test_while_a_node_drains(self):
        self.leave_through("draining", local={"dns_ttl": "2s"})

    def test_while_a_node_flushes(self):
        self.leave_through("flushing", archive="away")

    def test_while_a_node_is_destroyed(self):
        self.leave_through("terminating")


class OlderDatabase(FleetCase):
    """A state.db of before is put back under a fleet that has gone on."""

    def test_a_pause_survives_it_until_it_is_ended_and_then_stays_ended(self):
        one = self.fleet(1, 2)
        one.start()
        one.wait_service(1)
        one.stop()
        database = one.work / "state" / "state.db"
        older = database.read_bytes()
        one.start()
        one.must("pause", "--reason", "the racks move")
        one.kill()  # what was answered holds, also within the tick
        database.write_bytes(older)
        for leftover in ("state.db-wal", "state.db-shm"):
            (one.work / "state" / leftover).unlink(missing_ok=True)
        one.start()
        status = one.get("/v1/status")
        self.assertEqual(status["state"], "paused")
        self.assertIn("the racks move", status["reason"])
        self.assertIn("older", status["reason"])
        one.must("resume")
        one.kill()
        one.start()
        self.assertEqual(one.get("/v1/status")["state"], "acting")


class AgentKilled(FleetCase):
    """The agent comes back, goes on where it was, and does nothing twice."""

    def killed_in(self, state, archive="there", **more):
        one = self.fleet(2, 4, **more)
        one.start()
        first = one.wait_service(2)[0]
        viewers = one.traffic(6)
        one.wait("lines are written", lambda: (one.directory(first) / "log/access.log").stat().st_size)
        if archive == "away":
            one.archive_away()
        one.must("terminate", first)
        one.wait_state(first, state)
        old = one.signal(first, signal.SIGKILL, "edgeherd-agent")
        one.wait("the agent is back", lambda: set(one.processes(first, "edgeherd-agent")) - set(old))
        if archive == "away":
            one.archive_back()
        one.wait_state(first, "gone")
        one.wait_as_desired(2)
        self.assert_lines(one, viewers)
        self.assertEqual(one.events("command_failed", "node_held", "logs_given_up"), [])

    def test_in_service(self):
        one = self.fleet(2, 4)
        one.start()
        service = one.wait_service(2)
        viewers = one.traffic(8)
        one.wait("lines are written",
                 lambda: (one.directory(service[0]) / "log/access.log").stat().st_size)
        for node in service:
            old = one.signal(node, signal.SIGKILL, "edgeherd-agent")
            one.wait("the agent is back", lambda: set(one.processes(node, "edgeherd-agent")) - set(old))
        one.wait("both are heard", lambda: all(n["sample_age_s"] < 2 for n in one.nodes().values()))
        one.wait_as_desired(2)
        self.assertEqual(one.in_service(), service)
        self.assert_lines(one, viewers)

    def test_while_draining(self):
        self.killed_in("draining", local={"dns_ttl": "2s"})

    def test_while_flushing(self):
        self.killed_in("flushing", archive="away")


if __name__ == "__main__":
    fleet.main()
