"""Servers that were made by hand in clouds, tagged with the cloud's own tools, and adopted."""
import time
import unittest

import fleet
from clouds import DNS_NAME, SUPPORT, Aws, CloudFleet, DigitalOcean, ask, aws_metadata
from clouds_test import lacks
from dns_test import NameServer
from fleet import FleetCase

BOOT_DEADLINE_S = 10


class Adoption(FleetCase):
    def cloud_fleet(self, kind, options):
        server = NameServer()
        self.addCleanup(server.stop)
        one = CloudFleet(kind, 1, 4, server, coordinator={"timings": {"boot_deadline": f"{BOOT_DEADLINE_S}s"}})
        self.addCleanup(one.close)
        self.addCleanup(self.tell, one)
        one.account["options"].update(options)
        # So that what is beyond the minimum leaves.
        one.account.update(targets={**one.account["targets"], "requests": 0.7},
                           capacity={"requests_per_s": 1000, "egress_mbit": 1000})
        one.write_configuration()
        one.start()
        return one, server

    def by_hand(self, one, count):
        """Servers that run, and of which the coordinator knows nothing: their ids."""
        made = [one.cloud.make_by_hand() for _ in range(count)]
        one.wait("those made by hand run", lambda: set(made) <= set(one.machines.running))
        return made

    def give_agent(self, one, server, node):
        said = one.must("enroll", "token", node)
        one.machines.running[server].install_agent(said.split("user data:\n", 1)[1])

    def taken_over(self, kind, **options):
        one, names = self.cloud_fleet(kind, options)
        one.wait_as_desired(1)
        launched, = one.in_service()
        served, bare, foreign = self.by_hand(one, 3)
        for server in (served, bare):
            one.cloud.tag_by_hand(server, "trial")

        def account():
            return one.get("/v1/status")["accounts"][0]
        one.wait("the tagged are strangers, the other is foreign", lambda: account()["foreign_servers"] == 1
                 and {stranger["vm"] for stranger in account()["strangers"]} == {served, bare})
        told = f"{kind.provider}: 1 server without our tag besides, never touched"
        self.assertIn(f"provider {told}\n", one.must("status"))
        self.assertIn(told, ask(one.url + "/"))
        self.assertIn(f'edgeherd_account_foreign_servers{{provider="{kind.provider}"}} 1\n', ask(one.url + "/metrics"))
        refused = one.cli("adopt", f"{kind.provider}/{foreign}")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("with the tag of this fleet", refused.stderr)
        for server in (served, bare):
            one.must("adopt", f"{kind.provider}/{server}")
        adopted_at = time.monotonic()
        node, without_agent = f"{kind.provider}-{served}", f"{kind.provider}-{bare}"
        one.must("unprotect", without_agent)  # nothing but what it is keeps it from being chosen

        self.give_agent(one, served, node)
        one.wait(f"{node} serves", lambda: node in one.in_service())
        address = one.node(node)["address"]
        one.wait(f"{DNS_NAME} answers {address}", lambda: address in names.dig(DNS_NAME))
        # Two are there where one is wanted; the adopted one is protected.
        one.wait(f"{launched} is gone", lambda: launched not in one.directories())
        one.wait(f"{node} serves alone", lambda: one.in_service() == [node])

        asked = one.node(without_agent)
        self.assertEqual((asked["state"], asked["vm"]), ("booting", bare))
        one.wait("both adopted ones are counted, and no other",
                 lambda: one.get("/v1/status")["nodes"]["total"] == 2)
        one.grow(2)  # a server without an agent is no capacity
        one.wait("another serves beside the adopted one", lambda: len(one.in_service()) == 2)
        one.holds("the adopted ones stay, long after any boot's deadline",
                  lambda: {node, without_agent} <= set(one.directories()) and node in one.in_service()
                  and one.state(without_agent) == "booting",
                  max(2.0, adopted_at + BOOT_DEADLINE_S + 2 - time.monotonic()))
        self.assertNotIn(one.machines.running[bare].address, names.dig(DNS_NAME))
        self.assertEqual(one.cloud.servers()[foreign][1:], (None, 1))  # no tag, and no boot but its own
        self.assertNotIn(one.machines.running[foreign].node, one.nodes())
        self.assertEqual(one.servers_made(), 5)

    def test_a_tagged_droplet_serves_one_without_an_agent_stays_and_an_untagged_one_is_not_touched(self):
        self.taken_over(DigitalOcean)

    @unittest.skipIf(lacks(SUPPORT / "moto.sh", "available") or not aws_metadata.available(),
                     "moto or AWS's metadata mock is not installed")
    def test_a_tagged_instance_serves_one_without_an_agent_stays_and_an_untagged_one_is_not_touched(self):
        self.taken_over(Aws, inventory="account")


if __name__ == "__main__":
    fleet.main()
