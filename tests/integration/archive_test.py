"""The archive is away, or the disk of the logs is full: lines wait, and what cannot be is counted."""
import contextlib
import os
import subprocess
import time
import unittest

import fleet
from fleet import FleetCase


class ArchiveAway(FleetCase):
    def drained_without_archive(self, **more):
        one = self.fleet(2, 4, **more)
        one.start()
        first = one.wait_service(2)[0]
        one.viewers = one.traffic(8)
        one.wait("lines are written", lambda: (one.directory(first) / "log/access.log").stat().st_size)
        one.archive_away()
        one.must("terminate", first)
        one.wait_state(first, "flushing")
        return one, first

    def test_a_leaving_node_waits_for_it_and_its_lines_are_stored_then(self):
        one, first = self.drained_without_archive()
        one.holds("the node waits", lambda: one.state(first) == "flushing", 6)
        one.wait("the zone is served by another", lambda: len(one.in_service()) == 2)
        one.archive_back()
        one.wait_state(first, "gone")
        one.wait_as_desired(2)
        self.assert_lines(one, one.viewers)
        self.assertEqual(one.events("node_held"), [])

    def test_a_node_that_cannot_flush_in_time_is_held_with_an_alarm_and_keeps_its_lines(self):
        one, first = self.drained_without_archive(coordinator={"timings": {"flush_deadline": "8s"}})
        one.wait("it is held", lambda: "held" in one.node(first)["flags"])
        self.assertEqual([e["severity"] for e in one.events("node_held")], ["alarm"])
        one.holds("it is kept", lambda: one.state(first) == "flushing" and first in one.directories(), 4)
        one.archive_back()
        one.wait_state(first, "gone")
        one.wait_as_desired(2)
        self.assert_lines(one, one.viewers)
        self.assertEqual(one.events("logs_given_up"), [])


def mountable():
    """None, or why a tmpfs cannot be mounted here."""
    if os.geteuid() != 0:
        return "mounting a small disk needs root"
    place = fleet.tempfile.mkdtemp()
    tried = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place],
                           capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        subprocess.run(["umount", place], check=True)
    os.rmdir(place)
    return None if tried.returncode == 0 else "the system refuses mounts: " + tried.stderr.strip()


class DiskFull(FleetCase):
    disk_bytes = 64 << 20

    def on_a_small_disk(self):
        """One node whose log directory is a disk of its own, as small as `disk_bytes`."""
        one = self.fleet(1, 2, faults={"boot_delay": "3s"})
        agent = one.images / "v1" / "agent.json"
        agent.write_text(agent.read_text().replace(
            '  "image_version"', '  "disk_free_floor_bytes": 4096,\n  "image_version"', 1))
        one.start()
        one.wait("the VM is made", one.directories)
        node, home = next(iter(one.directories().items()))
        log = home / "log"
        log.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.disk_bytes}", "none", log], check=True)
        one.wait_service(1)
        self.assertTrue(os.path.ismount(log))
        return one, node, log

    @unittest.skipIf(why := mountable(), why)
    def test_lines_that_nginx_could_not_write_are_counted_and_all_others_stored(self):
        one, node, log = self.on_a_small_disk()
        before = one.traffic(3)
        before.program.wait(20)
        time.sleep(1.2)
        filler = log / "filler"
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as full:
            while True:
                full.write(bytes(65536))
        during = one.traffic(5)
        during.program.wait(20)
        time.sleep(2.5)
        filler.unlink()
        one.wait("the loss is told", lambda: one.node(node)["agent"]["log_lines_lost"])
        after = one.traffic(3)
        answered = 0
        for viewers in (before, during, after):
            count, failed, said = viewers.finish()
            self.assertEqual(failed, 0, said)
            answered += count
        time.sleep(self.settled_after_s)
        stored, living = one.lines()
        missing = answered - stored - living
        def counted():
            return one.node(node)["agent"]["log_lines_lost"]
        self.assertGreater(missing, 100)
        self.assertTrue(one.events("log_lines_lost"))
        one.wait(f"{missing} lost lines are counted, within {self.unlogged_requests}",
                 lambda: abs(counted() - missing) <= self.unlogged_requests)
        one.must("terminate", node)
        one.wait_state(node, "flushed", "terminating", "gone")
        self.assertEqual(one.events("logs_given_up"), [])

    # The count is exact once nginx is quiet and the disk has had room for twice the agent's lag of 3 s.
    settled_after_s = 8
    # Health checks and probes that the disk's full seconds saw, at most: not told apart from viewers.
    unlogged_requests = 40


if __name__ == "__main__":
    fleet.main()
