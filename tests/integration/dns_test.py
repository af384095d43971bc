"""Names in a real BIND, given and taken by signed updates, read back with dig."""
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import fleet
from fleet import Fleet, FleetCase

SERVER = pathlib.Path(__file__).resolve().parents[1] / "support" / "name_server.sh"
NAME = "lon1.edge.example.org"
REGION = "lon.edge.example.org"


def own_name(node):
    return f"{node}.node.edge.example.org"


class NameServer:
    def __init__(self):
        self.place = f"{tempfile.mkdtemp(prefix='edgeherd-dns-')}/bind"
        done = subprocess.run([SERVER, "start", "bind", self.place], capture_output=True, text=True, check=True)
        self.port = int(done.stdout)

    def stop(self):
        subprocess.run([SERVER, "stop", self.place], check=True)
        os.rmdir(pathlib.Path(self.place).parent)

    def signal(self, number):
        os.kill(int(pathlib.Path(self.place, "pid").read_text()), number)

    def dig(self, name, kind="A"):
        done = subprocess.run(["dig", "+short", "+tcp", "+time=2", "+tries=1", "-p", str(self.port), "@127.0.0.1",
                               name, kind], capture_output=True, text=True, check=True)
        return set(done.stdout.split("\n")) - {""}

    def update(self, *lines):
        """What another tool does with the same key."""
        subprocess.run(["nsupdate", "-v", "-k", f"{self.place}/key"], check=True, text=True,
                       input="\n".join([f"server 127.0.0.1 {self.port}", *lines, "send", ""]))


class NamedFleet(Fleet):
    def __init__(self, least, most, server):
        self.server = server
        super().__init__(least, most, coordinator={
            "dns": {"type": "rfc2136", "zone": "edge.example.org", "server": "127.0.0.1", "port": server.port,
                    "key_file": f"{server.place}/key", "timeout": "1s"}})
        del self.settings["dns"]["file"]
        self.account["regions"]["lon"]["zones"]["lon1"]["dns_name"] = NAME
        self.write_configuration()

    def name_regions_and_nodes(self):
        self.account.update({"region_dns_name": "{region}.edge.example.org",
                             "node_dns_name": "{node}.node.edge.example.org"})
        self.write_configuration()

    def named(self):
        addresses = {n["address"]: i for i, n in self.nodes().items()}
        return {addresses.get(address, address) for address in self.server.dig(NAME)}


class NamesInBind(FleetCase):
    def named_fleet(self, least, most, prepare=lambda one: None):
        server = NameServer()
        self.addCleanup(server.stop)
        one = NamedFleet(least, most, server)
        prepare(one)
        self.addCleanup(one.close)
        self.addCleanup(self.tell, one)
        one.start()
        return one, server

    def test_names_follow_the_fleet_and_leave_what_is_not_ours(self):
        one, server = self.named_fleet(2, 3)
        one.wait_as_desired(2)
        server.update(f'update add {NAME} 60 TXT "a note of the operator"')
        leaving = one.in_service()[0]
        address = one.node(leaving)["address"]
        one.must("terminate", leaving)
        one.wait(f"{NAME} answers {address} no more", lambda: address not in server.dig(NAME))
        self.assertNotEqual(one.state(leaving), "gone")  # the name goes first
        one.wait_state(leaving, "gone", limit_s=60)
        one.wait_as_desired(2)
        self.assertEqual(server.dig(NAME, "TXT"), {'"a note of the operator"'})
        self.assertEqual(server.dig("foreign.edge.example.org"), {"192.0.2.77"})

    def test_names_of_regions_and_nodes_go_in_step_with_the_zones(self):
        one, server = self.named_fleet(2, 3, NamedFleet.name_regions_and_nodes)
        one.wait_as_desired(2)
        addresses = {node: one.node(node)["address"] for node in one.in_service()}
        one.wait(f"{REGION} answers all", lambda: server.dig(REGION) == set(addresses.values()))
        for node, address in addresses.items():
            one.wait(f"{node} has its name", lambda: server.dig(own_name(node)) == {address})
        leaving = one.in_service()[0]
        one.must("terminate", leaving)
        for name in [NAME, REGION, own_name(leaving)]:
            one.wait(f"{name} answers {addresses[leaving]} no more",
                     lambda: addresses[leaving] not in server.dig(name))
        self.assertNotEqual(one.state(leaving), "gone")  # the names go first
        one.wait_state(leaving, "gone", limit_s=60)
        one.wait_as_desired(2)
        self.assertEqual(server.dig(own_name(leaving)), set())
        others = {one.node(node)["address"] for node in one.in_service()}
        one.wait(f"{REGION} answers the others", lambda: server.dig(REGION) == others)
        # The configuration drops both kinds: who serves stays there for a while, and who leaves does not.
        del one.account["region_dns_name"], one.account["node_dns_name"]
        one.write_configuration()
        one.must("config", "reload")
        one.wait("the loss is told", lambda: one.events("name_lost"))
        self.assertEqual(server.dig(REGION), others)
        leaving = one.in_service()[0]
        address = one.node(leaving)["address"]
        one.must("terminate", leaving)
        one.wait_state(leaving, "gone", limit_s=60)
        for name in [REGION, own_name(leaving)]:
            self.assertNotIn(address, server.dig(name))
        self.assertEqual(server.dig(REGION), others - {address})
        one.wait_as_desired(2)

    def test_an_address_that_is_nobodys_is_withdrawn_also_after_a_crash(self):
        one, server = self.named_fleet(2, 3)
        one.wait_as_desired(2)
        one.kill()
        server.update(f"update add {NAME} 60 A 127.250.250.250")
        one.start()
        one.wait_as_desired(2)
        server.update(f"update delete {NAME} A")
        one.wait_as_desired(2)

    def test_a_name_server_that_hangs_stops_no_launch_and_gets_the_names_once_it_is_back(self):
        one, server = self.named_fleet(1, 3)
        first = one.wait_service(1)[0]
        one.wait_as_desired(1)
        server.signal(signal.SIGSTOP)
        self.addCleanup(server.signal, signal.SIGCONT)
        one.must("terminate", first)
        one.wait("another node is in service beside it", lambda: len(one.in_service()) >= 1
                 and set(one.in_service()) != {first})
        # A name that cannot be read may still answer: its node is kept.
        one.holds(f"{first} serves on", lambda: one.state(first) == "draining", 3)
        self.assertTrue(one.events("dns_failed"))
        server.signal(signal.SIGCONT)
        one.wait_state(first, "gone", limit_s=60)
        one.wait_as_desired(1)


if __name__ == "__main__":
    fleet.main()
