"""The network between coordinator and nodes fails. Viewers, who take another way, must not notice."""
import time

import world
from world import FaultCase, FaultFleet

FAULT_S = 16  # longer than it takes to find a node bad or away
NODES = 6


class OneFleetForAll(FaultCase):
    """One fleet goes through all faults of a class: what one leaves behind, the next one meets."""

    @classmethod
    def setUpClass(cls):
        cls.one = FaultFleet(NODES, NODES + 2)
        cls.addClassCleanup(cls.one.close)
        cls.one.start()
        cls.one.service = cls.one.wait_service(NODES)

    def setUp(self):
        self.addCleanup(self.tell, self.one)
        self.addCleanup(world.LAB.heal)
        self.one.wait_as_desired(NODES)

    def through(self, fault, seconds=FAULT_S, look=lambda: True):
        """A fault, its end, and everything that must hold of both."""
        one = self.one
        viewers = one.viewers(90)
        time.sleep(0.5)
        fault()
        one.holds("nothing is removed or launched",
                  lambda: not one.watch.destroyed and set(one.directories()) == set(one.service), seconds)
        seen = look()
        self.assertGreater(world.LAB.struck(), 0, "the fault met no packet")
        world.LAB.heal()
        one.wait("every agent is heard again",
                 lambda: all(n["sample_age_s"] is not None and n["sample_age_s"] < 2
                             for n in one.nodes().values()))
        one.wait_as_desired(NODES)
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assert_nothing_removed(one)
        self.assertEqual(one.watch.left, [], "a name was withdrawn")
        self.assert_kept(one)
        return seen

    def half(self):
        return [self.one.address(node) for node in self.one.service[:NODES // 2]]

    def unheard(self):
        """Every node is silent for the coordinator: the fault has reached what it was to reach."""
        self.assertTrue(all(n["sample_age_s"] > 3 for n in self.one.nodes().values()))


class Partition(OneFleetForAll):
    """What cannot be told from a broken network removes nobody, and launches nobody."""

    def test_nobody_is_removed_while_the_coordinator_can_reach_none(self):
        self.through(world.LAB.cut, look=self.unheard)

    def test_nobody_is_removed_while_no_node_can_answer(self):
        self.through(lambda: world.LAB.cut("input"), look=self.unheard)

    def test_nobody_is_removed_while_the_coordinator_cannot_speak(self):
        self.through(lambda: world.LAB.cut("output"))

    def test_nobody_is_removed_while_half_the_fleet_is_cut_off(self):
        self.through(lambda: world.LAB.cut(addresses=self.half()))


class BadLink(OneFleetForAll):
    """As above, while some of it gets through."""

    def test_nobody_is_removed_while_half_the_fleet_is_heard_and_cannot_be_spoken_to(self):
        self.through(lambda: world.LAB.cut("output", addresses=self.half()))

    def test_nobody_is_removed_while_every_third_packet_is_lost(self):
        self.through(lambda: world.LAB.lose(30))

    def test_nobody_is_removed_while_the_network_is_slow(self):
        self.through(lambda: world.LAB.slow(250, 150, 60))


class OneNodeCutOff(FaultCase):
    """One node that nobody but its viewers can reach, while all others answer, is replaced with care."""

    def test_it_is_replaced_and_destroyed_only_when_its_lines_are_stored(self):
        one = self.served(4)
        viewers = one.viewers(120)
        time.sleep(2)
        cut_off = one.service[0]
        world.LAB.cut(addresses=[one.address(cut_off)])
        one.wait("another is launched", lambda: len(one.directories()) == 5)
        one.wait("four others serve", lambda: len(set(one.in_service()) - {cut_off}) == 4)
        one.holds("it is kept, with its lines", lambda: cut_off in one.directories(), 5)
        world.LAB.heal()
        one.wait_state(cut_off, "gone", limit_s=60)
        one.wait_as_desired(4)
        requests = viewers.finish()
        self.assert_lines_once(one, requests)
        self.assertEqual(one.watch.destroyed_nodes(), [cut_off])
        self.assertEqual(len(one.watch.vms), 5)
        self.assert_kept(one)
        self.assert_no_orphans(one)
        self.assertEqual(one.events("logs_given_up"), [])


if __name__ == "__main__":
    world.main()
