"""The exit codes of `edgeherd`, as scripts rely on them."""
import contextlib
import json
import sqlite3
import unittest

import fleet
from fleet import FleetCase


class ExitCodes(FleetCase):
    @classmethod
    def setUpClass(cls):
        cls.one = fleet.Fleet(2, 4)
        cls.addClassCleanup(cls.one.close)
        cls.one.start()
        cls.one.wait_service(2)

    def gives(self, code, *arguments):
        done = self.one.cli(*arguments)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done

    def test_0_what_was_asked_is_done(self):
        for arguments in (["zones"], ["nodes"], ["plan"], ["events"], ["explain", "lon1"],
                          ["config", "check", str(self.one.config)]):
            self.gives(0, *arguments)
        nodes = json.loads(self.gives(0, "nodes", "-o", "json").stdout)["nodes"]
        self.assertEqual(sorted(n["id"] for n in nodes), self.one.in_service())

    def test_1_something_is_wrong(self):
        wrong = self.one.work / "wrong.json"
        wrong.write_text('{\n  "regionz": {}\n}\n')
        said = self.gives(1, "config", "check", str(wrong))
        self.assertIn("wrong.json:2:3: ", said.stdout + said.stderr)
        self.gives(1, "node", "lon1-nobody")

    def test_2_wrong_usage(self):
        for arguments in (["surprise"], ["nodes", "--surprise"], ["node"], ["terminate"]):
            self.assertIn("edgeherd", self.gives(2, *arguments).stderr)

    def test_3_no_coordinator_answers(self):
        other = fleet.Fleet(1, 1)
        self.addCleanup(other.close)
        done = other.cli("status")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(other.url, done.stderr)

    def test_4_refused_and_nothing_done(self):
        service = self.one.in_service()
        self.gives(4, "terminate", *service)
        self.gives(4, "terminate", *service, "--expect-count", "1")
        self.gives(4, "terminate", "--zone", "lon1", "--all", "--expect-count", "3")
        self.one.holds("both serve", lambda: self.one.in_service() == service, 1)


class Evidence(FleetCase):
    """What was decided, made again; and a server that is gone, told by one command."""

    def test_a_decision_is_made_again_and_a_removed_server_is_explained(self):
        one = self.fleet(2, 4)
        one.start()
        first = one.wait_service(2)[0]
        viewers = one.traffic(5)
        one.must("terminate", first)
        one.wait_state(first, "gone")
        one.wait_as_desired(2)

        story = json.loads(one.must("node", first, "-o", "json"))
        self.assertEqual(story["state"], "gone")
        self.assertIsNotNone(story["ended_at"])
        left = story["left_by"]
        self.assertEqual((left["what"], left["details"]["cause"]), ("withdraw", "operator"))
        self.assertLess(left["details"]["known"]["sample_age_ms"], 60_000)
        self.assertGreater(story["end"]["logs"]["segments"], 0)
        self.assertEqual(story["end"]["logs"]["lines_lost"], 0)
        self.assertTrue(story["end"]["logs"]["manifest"].endswith("manifest.json"))
        steps = [line["what"] for line in story["lines"]]
        for step in ("launch", "node_enrolled", "admit", "withdraw", "archive_checked", "terminate",
                     "destroy_answered", "mark_gone"):
            self.assertIn(step, steps)
        shown = one.must("node", first)
        for part in ("gone since", "withdraw, operator", "manifest.json", f"decision {left['decision']}"):
            self.assertIn(part, shown)

        # The very decision that took it out, and that of now, by its id.
        newest = json.loads(one.must("explain", "lon1", "-o", "json"))["number"]
        for number in (left["decision"], newest):
            self.assertIn("the very same plan", one.must("explain", "--decision", str(number)))
        one.stop()
        one.start()
        self.assertIn("the very same plan", one.must("explain", "--decision", str(left["decision"])))
        self.assertIn("gone since", one.must("explain", "--node", first))

        self.assertEqual(one.cli("explain", "--decision", "999999").returncode, 1)
        with contextlib.closing(sqlite3.connect(one.work / "state/history.db", timeout=10)) as history:
            history.execute("DELETE FROM snapshot")
            history.commit()
        pruned = one.cli("explain", "--decision", str(left["decision"]))
        self.assertEqual(pruned.returncode, 1)
        self.assertIn("are not kept any more", pruned.stderr)
        self.assert_lines(one, viewers)


if __name__ == "__main__":
    fleet.main()
