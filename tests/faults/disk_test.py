"""Disks that are full: of the coordinator's state, of a node's logs."""
import contextlib
import time

import lab
import world
from world import FaultCase


def fill(place):
    """Takes the last byte of a disk."""
    filler = place / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as full:
        while True:
            full.write(bytes(4096))
    return filler


class StateDiskFull(FaultCase):
    def test_nothing_is_done_until_there_is_room_and_the_edges_serve_on(self):
        one = self.fleet(2, 4)
        state = one.work / "state"
        state.mkdir()
        lab.run("mount", "-t", "tmpfs", "-o", "size=4m", "none", str(state))
        one.start()
        one.service = one.wait_service(2)
        one.wait_as_desired(2)
        viewers = one.viewers(90)
        filler = fill(state)
        one.account["regions"]["lon"]["zones"]["lon1"]["min_servers"] = 3
        one.write_configuration()
        one.cli("config", "reload")
        one.wait("it says so", lambda: one.get("/v1/status")["state"] == "store_failing")
        one.holds("nothing is launched or removed", lambda: set(one.directories()) == set(one.service), 4)
        one.kill()
        with contextlib.suppress(AssertionError):  # on a full disk it may also refuse to start
            one.start(wait=False)
            one.holds("nothing is launched or removed",
                      lambda: set(one.directories()) == set(one.service), 4)
        self.assertTrue(all(world.content(one.directory(n) / "vm.json") for n in one.service))
        filler.unlink()
        if one.coordinators():
            one.kill()
        one.start()
        one.wait_as_desired(3)
        self.assertTrue(set(one.service) <= set(one.directories()))
        requests = viewers.finish()
        self.assert_served(requests)
        self.assert_lines_once(one, requests)
        self.assertEqual(one.watch.destroyed, [])
        self.assert_kept(one)
        self.assert_no_orphans(one)


class LogDiskFull(FaultCase):
    disk_bytes = 64 << 20
    unlogged_most = 60  # probes and health checks of the disk's full seconds: not told apart from viewers

    def test_every_line_is_stored_or_counted_as_lost(self):
        one = self.fleet(1, 2, faults={"boot_delay": "3s"})
        agent = one.images / "v1" / "agent.json"
        agent.write_text(agent.read_text().replace(
            '  "image_version"', '  "disk_free_floor_bytes": 4096,\n  "image_version"', 1))
        one.start()
        one.wait("the VM is made", one.directories)
        node, home = next(iter(one.directories().items()))
        log = home / "log"
        log.mkdir()
        lab.run("mount", "-t", "tmpfs", "-o", f"size={self.disk_bytes}", "none", str(log))
        one.wait_service(1)
        viewers = one.viewers(60, per_s=100)
        time.sleep(3)
        filler = fill(log)
        time.sleep(6)
        filler.unlink()
        one.wait("the loss is told", lambda: one.node(node)["agent"]["log_lines_lost"])
        time.sleep(4)
        requests = viewers.finish()
        time.sleep(3)  # nginx writes, and the agent settles what is lost
        found = one.found_lines()
        answered = [r for r in requests if r[3]]
        missing = sum(1 for r in answered if not found[r[0]])
        self.assert_served(requests)
        self.assertEqual({n: c for n, c in found.items() if c > 1}, {}, "lines are there twice")
        self.assertGreater(missing, 0)  # how many depends on how fast the machine serves
        one.wait(f"{missing} lost lines are counted, within {self.unlogged_most}",
                 lambda: abs(one.node(node)["agent"]["log_lines_lost"] - missing) <= self.unlogged_most)
        self.assertTrue(one.events("log_lines_lost"))
        self.assertEqual(one.watch.destroyed, [])
        self.assert_kept(one)


if __name__ == "__main__":
    world.main()
