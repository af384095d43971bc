"""The watch itself: a look that never complains proves nothing."""
import json
import pathlib
import shutil
import tempfile
import time
import unittest

import watch
import world

NAME = "lon1.edge.test"


class WatchComplains(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.work)
        self.zone = self.work / "zone"
        self.say()
        self.watch = watch.Watch(self.work, self.zone, NAME, ttl_s=1)
        self.addCleanup(self.watch.close)

    def vm(self, name, node, address):
        fresh = self.work / "fresh"
        fresh.mkdir()
        (fresh / "vm.json").write_text(json.dumps({"node": node, "address": address}))
        (self.work / "nodes").mkdir(exist_ok=True)
        fresh.rename(self.work / "nodes" / name)

    def say(self, *addresses):
        fresh = self.work / "zone.new"
        fresh.write_text("".join(f"{NAME}. 1 IN A {address}\n" for address in addresses))
        fresh.replace(self.zone)

    def complains(self, text):
        end = time.monotonic() + 5
        while time.monotonic() < end and not any(text in p for p in self.watch.problems):
            time.sleep(0.05)
        self.assertEqual(len([p for p in self.watch.problems if text in p]), 1, self.watch.problems)

    def look(self):
        time.sleep(4 * watch.LOOK_EVERY_S)

    def test_of_a_node_with_two_vms(self):
        self.vm("vm-a", "n1", "10.77.0.1")
        self.vm("vm-b", "n1", "10.77.0.2")
        self.complains("n1 has more than one VM")

    def test_of_a_name_without_a_living_vm(self):
        self.say("10.77.0.9")
        self.complains("10.77.0.9, which is no living VM's")

    def test_of_a_vm_destroyed_while_viewers_may_still_know_its_name(self):
        self.vm("vm-a", "n1", "10.77.0.1")
        self.say("10.77.0.1")
        self.look()
        self.say()
        self.look()
        shutil.rmtree(self.work / "nodes" / "vm-a")
        self.complains("before the TTL")

    def test_of_nothing_when_a_node_comes_and_goes_as_it_should(self):
        self.vm("vm-a", "n1", "10.77.0.1")
        self.look()
        self.say("10.77.0.1")
        self.look()
        self.say()
        time.sleep(1.2)
        shutil.rmtree(self.work / "nodes" / "vm-a")
        self.look()
        self.assertEqual(self.watch.problems, [])
        self.assertEqual(self.watch.destroyed_nodes(), ["n1"])
        self.assertEqual(len(self.watch.left), 1)


if __name__ == "__main__":
    world.main()
