"""Strangers, wrong configurations, and a database that is not there: nothing is done."""
import json
import resource
import subprocess
import unittest
import urllib.request

import fleet
from fleet import FleetCase


class Strangers(FleetCase):
    def stranger(self, one, change):
        """An agent of one's own, with the user data of a real node but for `change`."""
        node = one.in_service()[0]
        data = json.loads((one.directory(node) / "etc" / "user-data.json").read_text())
        data.update(change)
        home = one.work / "stranger"
        home.mkdir()
        (home / "user-data.json").write_text(json.dumps(data))
        (home / "access.log").touch()
        (home / "agent.json").write_text(json.dumps({
            "state_dir": str(home / "state"), "listen": "127.0.0.1:0", "checks": {},
            "access_log": str(home / "access.log"), "hooks": {"reopen_logs": ["true"]},
            "image_version": "v1"}))
        one.others.append(subprocess.Popen(
            [fleet.BINARIES / "edgeherd-agent", "--config", home / "agent.json", "--user-data",
             home / "user-data.json"], stderr=subprocess.PIPE, text=True))
        return node

    def metric(self, one, name):
        with urllib.request.urlopen(one.url + "/metrics", timeout=5) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name):
                    return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"no metric {name}")

    def test_with_a_wrong_token_is_counted_and_nobody(self):
        one = self.fleet(1, 2)
        one.start()
        service = one.wait_service(1)
        self.assertEqual(self.metric(one, "edgeherd_enrolments_wrong_token_total"), 0)
        self.stranger(one, {"enrolment_token": "0" * 64})
        one.wait("the wrong token is counted",
                 lambda: self.metric(one, "edgeherd_enrolments_wrong_token_total") >= 1)
        one.holds("it is nobody", lambda: set(one.nodes()) == set(service), 2)
        one.wait_as_desired(1)

    def test_with_the_token_of_a_node_and_another_key_is_refused_and_told(self):
        one = self.fleet(1, 2)
        one.start()
        one.wait_service(1)
        node = self.stranger(one, {})
        one.wait("the refusal is told", lambda: one.events("enrolment_refused"))
        self.assertEqual(one.events("enrolment_refused")[0]["node"], node)
        one.wait_as_desired(1)


class Configuration(FleetCase):
    def refused(self, one, where):
        done = subprocess.run([fleet.BINARIES / "edgeherd-coordinator", "--config", one.config],
                              capture_output=True, text=True, timeout=10, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(where, done.stderr)
        self.assertFalse((one.work / "state").exists())
        self.assertFalse(one.local.exists())
        self.assertFalse(one.archive.exists())

    def test_errors_at_the_start_name_file_line_and_column_and_start_nothing(self):
        one = self.fleet(1, 2)
        good = (one.config / "coordinator.json").read_text()
        (one.config / "coordinator.json").write_text('{\n  "fleet_id": "trial",\n  "listne": 1\n}\n')
        self.refused(one, "coordinator.json:3:3: ")
        (one.config / "coordinator.json").write_text(good)
        provider = one.config / "providers" / "local.json"
        provider.write_text(provider.read_text().replace('"min_servers": 1', '"min_servers": "one"'))
        lines = provider.read_text().splitlines()
        number = next(i for i, line in enumerate(lines, 1) if '"one"' in line)
        self.refused(one, f"local.json:{number}:")

    def test_a_reload_of_an_invalid_file_keeps_the_old_one_running(self):
        one = self.fleet(1, 2)
        one.start()
        service = one.wait_service(1)
        provider = one.config / "providers" / "local.json"
        good = provider.read_text()
        provider.write_text(good.replace('"min_servers": 1', '"min_servers": 9'))
        done = one.cli("config", "reload")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("local.json:", done.stdout + done.stderr)
        problems = one.get("/v1/status")["config"]["problems"]
        self.assertTrue(problems and "local.json:" in problems[0], problems)
        one.holds("nothing changes", lambda: sorted(one.nodes()) == service, 2)
        provider.write_text(good.replace('"min_servers": 1', '"min_servers": 2'))
        one.must("config", "reload")
        self.assertEqual(one.get("/v1/status")["config"]["problems"], [])
        one.wait_as_desired(2)

    def test_a_reload_with_a_higher_ceiling_reserves_open_files_or_is_refused(self):
        one = self.fleet(0, 1)
        one.start()

        def limits():
            return resource.prlimit(one.program.pid, resource.RLIMIT_NOFILE)

        def reload(ceiling):
            one.settings["budgets"]["fleet_ceiling"] = ceiling
            one.write_configuration()
            return one.cli("config", "reload")

        resource.prlimit(one.program.pid, resource.RLIMIT_NOFILE, (5000, 6000))
        self.assertEqual(reload(1500).returncode, 0)
        self.assertEqual(limits(), (1500 + 375 + 100 + 2048 + 512 + 256 + 512 + 256, 6000))
        refused = reload(4000)
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn('"fleet_ceiling": ', refused.stdout + refused.stderr)
        self.assertIn("the hard limit is 6000", refused.stdout + refused.stderr)

    def test_a_lower_max_removes_nothing_until_the_operator_names_the_count(self):
        one = self.fleet(4, 4, coordinator={"budgets": {"scale_in_fraction": 0.1, "scale_in_window": "1m"}})
        one.start()
        one.wait_service(4)
        one.account["regions"]["lon"]["zones"]["lon1"].update(min_servers=1, max_servers=1)
        one.write_configuration()
        one.must("config", "reload")
        one.holds("all four serve", lambda: len(one.in_service()) == 4, 4)
        wrong = one.cli("config", "apply", "--expect-count", "7")
        self.assertEqual(wrong.returncode, 4, wrong.stderr)
        self.assertEqual(len(one.in_service()), 4)
        one.must("config", "apply", "--expect-count", "3")
        one.wait("the zone shrinks", lambda: len(one.nodes("in_service")) < 4)


class NoDatabase(FleetCase):
    def test_with_tagged_servers_there_nothing_is_removed_or_launched_until_told(self):
        one = self.fleet(2, 4)
        one.start()
        one.wait_service(2)
        vms = one.directories()
        self.assertEqual(one.stop(), 0)
        for part in one.work.glob("state/state.db*"):
            part.unlink()
        one.start()
        one.wait("it is read-only", lambda: one.get("/v1/status")["state"] == "read_only")
        one.holds("nothing is removed or launched", lambda: one.directories() == vms, 6)
        self.assertEqual(len(one.events("launch")), 2)  # of before; the history is not lost
        self.assertNotEqual(one.cli("terminate", *vms, "--expect-count", "2").returncode, 0)
        strangers = one.get("/v1/status")["accounts"][0]["strangers"]
        self.assertEqual({s["node"] for s in strangers}, set(vms))
        rash = one.cli("resume", "--read-only")
        self.assertNotEqual(rash.returncode, 0)
        self.assertIn("--expect-count 2", rash.stderr)
        for stranger in strangers:
            one.must("adopt", f"local/{stranger['vm']}")
        # Resumed before, servers whose agents are not back would be taken for missing.
        one.wait("their agents are back", lambda: all(one.node(n)["agent"]["ready"] for n in vms), 75)
        one.must("resume", "--read-only")
        # They obeyed the one whose database is lost. That it is gone only an operator knows.
        self.assertEqual(one.get("/v1/status")["state"], "superseded")
        one.must("takeover")
        one.wait_as_desired(2)
        self.assertEqual(one.directories(), vms)


if __name__ == "__main__":
    fleet.main()
