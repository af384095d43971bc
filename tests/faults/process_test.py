"""Processes that are stopped for a while, or killed again and again."""
import random
import signal
import time

import world
from world import FaultCase

STOPPED_S = 16  # longer than it takes to find a node bad or away


class Stopped(FaultCase):
    """Whoever slept and wakes again finds the fleet as it was, and leaves it so."""

    def test_a_coordinator_that_slept_takes_nobody_for_dead_when_it_wakes(self):
        one = self.served(4)
        viewers = one.viewers(90)
        for seconds in (3, STOPPED_S):
            (coordinator,) = one.coordinators()
            world.os.kill(coordinator, signal.SIGSTOP)
            one.holds("nothing is removed or launched", lambda: self.as_it_was(one), seconds)
            world.os.kill(coordinator, signal.SIGCONT)
            one.holds("nothing is removed or launched", lambda: self.as_it_was(one), 4)
        one.wait_as_desired(4)
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assert_nothing_removed(one)
        self.assert_kept(one)

    @staticmethod
    def as_it_was(one):
        return not one.watch.destroyed and set(one.directories()) == set(one.service)

    def test_nobody_is_removed_while_all_agents_sleep(self):
        one = self.served(4)
        viewers = one.viewers(90)
        for node in one.service:
            one.signal(node, signal.SIGSTOP, "edgeherd-agent")
        one.holds("nothing is removed or launched", lambda: self.as_it_was(one), STOPPED_S)
        for node in one.service:
            one.signal(node, signal.SIGCONT, "edgeherd-agent")
        one.wait_as_desired(4)
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assert_nothing_removed(one)
        self.assert_kept(one)

    def test_half_the_fleet_is_not_removed_when_its_nginx_sleeps(self):
        """It is bad, and every check says so; but so many at once have a common cause. The first may be
        on its way before the others are found bad: the budget gives one."""
        one = self.served(6, 6)
        for node in one.service[:3]:
            one.signal(node, signal.SIGSTOP, "nginx")
        one.wait("they are found bad", lambda: any(n["verdict"] == "bad" for n in one.nodes().values()))
        one.holds("one at most leaves", lambda: len(set(one.service) - set(one.nodes("in_service"))) <= 1,
                  2 * world.OTHER_WINDOW_S)
        for node in one.service[:3]:
            if node in one.directories():
                one.signal(node, signal.SIGCONT, "nginx")
        one.wait_as_desired(6)
        self.assertLessEqual(len(one.watch.vms), 9, "more than one replacement for each")
        self.assertEqual(one.watch.problems, [])
        self.assert_no_orphans(one)


class KilledAgainAndAgain(FaultCase):
    def test_a_coordinator_that_lives_for_moments_only_still_gets_there_and_doubles_nothing(self):
        one = self.served(2, 8, coordinator={"scaling": {"scale_in_stabilisation": "1s"}})
        viewers = one.viewers(180)
        chance = random.Random(1)
        zone = one.account["regions"]["lon"]["zones"]["lon1"]
        end, lives = time.monotonic() + 30, 0
        while time.monotonic() < end:
            if lives % 8 == 4:  # it also grows meanwhile
                zone["min_servers"] = min(5, zone["min_servers"] + 1)
                one.write_configuration()
            one.kill()
            one.start(wait=False)
            time.sleep(chance.uniform(0.1, 1.0))
            lives += 1
        self.assertGreater(lives, 20)
        one.kill()
        one.start()
        one.wait_as_desired(zone["min_servers"], limit_s=60)
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assertTrue(set(one.service) <= set(one.directories()), "a healthy node was removed")
        self.assert_kept(one)
        self.assert_no_orphans(one)

    def test_agents_that_live_for_moments_only_lose_no_line_and_store_none_twice(self):
        one = self.served(2)
        viewers = one.viewers(90)
        leaving = one.service[0]
        chance = random.Random(2)
        end, kills = time.monotonic() + 15, 0
        while time.monotonic() < end:
            time.sleep(chance.uniform(0.2, 1.5))
            for node in one.service:
                if node in one.directories():
                    for pid in one.processes(node, "edgeherd-agent"):
                        world.os.kill(pid, signal.SIGKILL)
                        kills += 1
            if kills > 6 and leaving:
                one.must("terminate", leaving)
                leaving = None
        one.wait_state(one.service[0], "gone", limit_s=60)
        one.wait_as_desired(2)
        self.assertGreater(kills, 8)
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assertEqual(one.watch.destroyed_nodes(), [one.service[0]])
        self.assert_kept(one)
        self.assert_no_orphans(one)


if __name__ == "__main__":
    world.main()
