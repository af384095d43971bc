"""Edges that break: nginx, the agent, the whole VM, the image."""
import json
import signal
import time
import unittest
import urllib.request

import fleet
from fleet import FleetCase


class NginxGone(FleetCase):
    def test_a_killed_nginx_is_started_again_by_its_init_and_the_node_stays(self):
        one = self.fleet(2, 4)
        one.start()
        service = one.wait_service(2)
        old = one.signal(service[0], signal.SIGKILL, "nginx")
        one.wait("another nginx runs", lambda: set(one.processes(service[0], "nginx")) - set(old))
        one.wait_as_desired(2)
        self.assertEqual(one.in_service(), service)
        self.assertEqual(len(one.events("launch")), 2)

    def test_a_node_whose_nginx_cannot_start_is_replaced_and_its_lines_are_stored(self):
        one = self.fleet(2, 4)
        one.start()
        service = one.wait_service(2)
        viewers = one.traffic(3)
        viewers.program.wait(20)
        time.sleep(1.2)  # nginx writes its buffer once a second; what it holds dies with it
        sick = service[0]
        (one.directory(sick) / "etc/open/edge.conf").write_text("no configuration\n")
        one.signal(sick, signal.SIGKILL, "nginx")
        one.wait_state(sick, "gone", limit_s=60)
        one.wait_as_desired(2)
        self.assertIn(service[1], one.in_service())
        self.assert_lines(one, viewers)
        self.assertEqual(len(one.events("launch")), 3)


class Silent(FleetCase):
    def test_a_node_with_a_silent_agent_is_unknown_and_serves_on_until_it_is_back(self):
        one = self.fleet(2, 4)
        one.start()
        service = one.wait_service(2)
        quiet = service[0]
        one.signal(quiet, signal.SIGSTOP, "edgeherd-agent")
        one.wait("its verdict is unknown", lambda: one.node(quiet)["verdict"] == "unknown")
        edge = f"http://{one.node(quiet)['address']}:8080/1k.ts"

        def kept():
            listed = one.get(f"/v1/zones/{one.zone}/endpoints")["endpoints"]
            with urllib.request.urlopen(edge, timeout=2) as answer:
                return (one.node(quiet)["state"] == "in_service" and answer.status == 200
                        and quiet in {e["node"] for e in listed} and len(one.nodes()) == 2)
        one.holds("it serves, is listed, and nothing is launched", kept, 11)
        one.signal(quiet, signal.SIGCONT, "edgeherd-agent")
        one.wait_as_desired(2)
        self.assertEqual(one.in_service(), service)

    def test_a_stopped_vm_is_replaced_while_the_others_answer_and_its_lines_are_stored(self):
        one = self.fleet(2, 4, local={"options": {"stop_patience": "1s"}})
        one.start()
        service = one.wait_service(2)
        viewers = one.traffic(3)
        viewers.program.wait(20)
        time.sleep(1.2)  # as above: what nginx holds dies when the VM is power-cycled
        one.signal(service[0], signal.SIGSTOP)
        one.wait(f"{service[0]} leaves service", lambda: one.state(service[0]) != "in_service")
        one.wait_state(service[0], "gone", limit_s=60)
        one.wait_as_desired(2)
        self.assertIn(service[1], one.in_service())
        self.assert_lines(one, viewers)


class Image(FleetCase):
    """What a bad image gives never serves, is destroyed, and does not cost the good nodes."""

    def grown_with(self, image, deadline):
        one = self.fleet(2, 4, coordinator={"timings": {"boot_deadline": deadline}})
        one.start()
        good = one.wait_service(2)
        one.account["image_id"] = image
        one.account["regions"]["lon"]["zones"]["lon1"]["min_servers"] = 3
        one.write_configuration()
        return one, good

    def never_serves(self, one, good):
        one.must("config", "reload")
        one.wait("the placement is stopped", lambda: one.events("placement_stopped"), 60)
        launched = {e["node"] for e in one.events("launch")} - set(good)
        self.assertGreaterEqual(len(launched), 3)
        self.assertEqual({e["node"] for e in one.events("node_in_service")}, set(good))
        one.holds("the good ones serve", lambda: set(good) <= set(one.nodes("in_service")), 3)
        one.account["image_id"] = "v1"
        one.write_configuration()
        one.must("config", "reload")
        one.wait_as_desired(3, limit_s=60)
        self.assertTrue(set(good) <= set(one.in_service()))

    def test_that_does_not_boot(self):
        one, good = self.grown_with("broken", "8s")
        (one.images / "broken").mkdir()
        (one.images / "broken" / "image.json").write_text(json.dumps(
            {"schema": 1, "name": "broken", "created": "2026-11-23T07:00:00Z", "boot": ["false"]}))
        self.never_serves(one, good)

    def test_of_a_wrong_version(self):
        one, good = self.grown_with("wrong", "20s")
        fleet.shutil.copytree(one.images / "v1", one.images / "wrong")
        agent = one.images / "wrong" / "agent.json"
        agent.write_text(agent.read_text().replace('"image_version": "v1"', '"image_version": "v9"'))
        self.never_serves(one, good)


if __name__ == "__main__":
    fleet.main()
