"""The exit codes of `edgeherd`, as scripts rely on them."""
import json
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


if __name__ == "__main__":
    fleet.main()
