"""The whole life of servers in clouds: created there, known by metadata, named in BIND, logged in S3, removed."""
import subprocess
import unittest

import fleet
from clouds import DNS_NAME, SUPPORT, Aws, CloudFleet, DigitalOcean, aws_metadata
from dns_test import NameServer
from fleet import FleetCase
from s3_test import RADOSGW, Store

OUTAGE_S = 12


def lacks(*command):
    return subprocess.run(command, check=False).returncode != 0


@unittest.skipIf(lacks(RADOSGW, "available"), "radosgw is not installed")
class InClouds(FleetCase):
    def cloud_fleet(self, kind, least, most, **more):
        server, store = NameServer(), Store()
        self.addCleanup(server.stop)
        self.addCleanup(store.stop)
        one = CloudFleet(kind, least, most, server, store, **more)
        self.addCleanup(one.close)
        self.addCleanup(self.tell, one)
        one.start()
        return one, server, store

    def whole_life(self, kind):
        one, server, store = self.cloud_fleet(kind, 2, 4)
        one.wait_as_desired(2)
        old = one.in_service()
        disks = one.directories()
        for node in old:
            said = (disks[node] / "console").read_text()
            self.assertIn(f"of {kind.provider}", said)  # it knows where it is
            self.assertIn(one.node(node)["address"], server.dig(DNS_NAME))
        answered, failed, said = one.traffic(5).finish()
        self.assertEqual(failed, 0, said)
        self.assertGreater(answered, 0)

        for node in old:
            address = one.node(node)["address"]
            one.must("terminate", node)
            one.wait(f"{DNS_NAME} answers {address} no more", lambda a=address: a not in server.dig(DNS_NAME))
            self.assertIn(node, one.directories())  # the name goes first
            one.wait(f"the server of {node} is gone", lambda n=node: n not in one.directories(), 60)
            self.assertIsNotNone(store.lines(node))  # and the logs go before the server
        one.wait_as_desired(2)
        self.assertEqual(sum(store.lines(node) for node in old), answered)
        self.assertEqual(one.servers_made(), 4)
        self.assertFalse(set(old) & set(one.in_service()))
        said = one.log.read_text()
        for secret in ("test-trial", store.secret):
            self.assertNotIn(secret, said)

    def test_droplets_are_created_enrolled_named_logged_and_removed(self):
        self.whole_life(DigitalOcean)

    @unittest.skipIf(lacks(SUPPORT / "moto.sh", "available") or not aws_metadata.available(),
                     "moto or AWS's metadata mock is not installed")
    def test_instances_of_ec2_are_created_enrolled_named_logged_and_removed(self):
        self.whole_life(Aws)

    def test_after_an_outage_of_the_cloud_what_was_lost_is_replaced_once(self):
        one, server, store = self.cloud_fleet(DigitalOcean, 2, 4)
        one.wait_as_desired(2)
        first, second = one.in_service()
        one.cloud.away(True)
        one.machines.pull_the_plug(first)
        one.wait(f"{first} is known to be bad", lambda: one.node(first)["verdict"] == "bad", 30)
        one.holds(f"{second} serves on, and nothing is made",
                  lambda: one.state(second) == "in_service" and one.servers_made() == 2, OUTAGE_S)
        self.assertEqual(server.dig(DNS_NAME), {one.node(second)["address"]})
        one.cloud.away(False)
        one.wait_as_desired(2, limit_s=90)
        self.assertIn(second, one.in_service())
        self.assertEqual(one.servers_made(), 3)
        self.assertIsNotNone(store.lines(first))  # it was rebooted once, and its logs went before it


if __name__ == "__main__":
    fleet.main()
