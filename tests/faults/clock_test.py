"""A coordinator whose clock jumps by a year, and back by hours. Ages and deadlines must not notice."""
import time

import world
from world import FaultCase

DAY_S, HOUR_S = 86400, 3600


class ClockJumps(FaultCase):
    @staticmethod
    def jump(one, to):
        fresh = one.work / "clock.new"
        fresh.write_text(f"{to}\n")
        fresh.replace(one.work / "clock")

    def on_its_own_clock(self, least, most):
        one = self.fleet(least, most)
        self.jump(one, 0)
        one.own_clock = {"LD_PRELOAD": str(world.HELPERS / "libjumping_clock.so"),
                         "JUMPING_CLOCK": str(one.work / "clock")}
        one.start(environment=one.own_clock)
        one.service = one.wait_service(least)
        one.wait_as_desired(least)
        return one

    @staticmethod
    def believed_year(one):
        return int(one.events()[-1]["at"][:4])

    def test_nobody_is_removed_and_work_goes_on(self):
        one = self.on_its_own_clock(2, 6)
        year = self.believed_year(one)
        viewers = one.viewers(120)
        zone = one.account["regions"]["lon"]["zones"]["lon1"]
        served = 2
        for to in (400 * DAY_S, -5 * HOUR_S, 0):
            self.jump(one, to)
            one.holds("nobody is removed", lambda: not one.watch.destroyed, 4)
            served += 1
            zone["min_servers"] = served
            one.write_configuration()
            one.must("config", "reload")
            one.wait_as_desired(served)
            if to > DAY_S:
                self.assertGreater(self.believed_year(one), year, "the clock did not jump")
        self.assertTrue(set(one.service) <= set(one.directories()))
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assert_nothing_left(one)

    def assert_nothing_left(self, one):
        self.assertEqual(one.watch.destroyed, [])
        self.assertEqual(one.watch.left, [], "a name was withdrawn")
        self.assert_kept(one)
        self.assert_no_orphans(one)

    def test_a_node_leaves_with_all_its_lines_across_jumps_and_restarts(self):
        """What was written down at a later time than now is is clamped, not waited for."""
        one = self.on_its_own_clock(2, 4)
        viewers = one.viewers(120)
        first, second = one.service
        time.sleep(2)
        self.jump(one, 400 * DAY_S)
        one.must("terminate", first)
        one.wait_state(first, "draining", "flushing")
        self.jump(one, -5 * HOUR_S)
        one.wait_state(first, "gone", limit_s=60)
        one.wait_as_desired(2)
        one.kill()
        one.start(environment=one.own_clock)
        one.must("terminate", second)
        one.wait_state(second, "gone", limit_s=60)
        one.wait_as_desired(2)
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assertEqual(one.watch.destroyed_nodes(), [first, second])
        self.assertEqual(one.events("logs_given_up", "node_held"), [])
        self.assert_kept(one)
        self.assert_no_orphans(one)


if __name__ == "__main__":
    world.main()
