#!/usr/bin/env python3
"""What `edgeherd simulate --resume` keeps is what tests/campaign.py reads, whole or in parts.

usage: campaign_test.py TOP EDGEHERD
"""
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import unittest

TOP, EDGEHERD = sys.argv[1:3]


def campaign(*arguments):
    return subprocess.run([sys.executable, os.path.join(TOP, "tests", "campaign.py"), *arguments],
                          capture_output=True, text=True)


class Campaign(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="edgeherd-campaign-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def command(self, name, seeds, hours):
        return [EDGEHERD, "simulate", "--seeds", seeds, "--hours", hours, "--nodes", "5", "--resume", self.path(name)]

    def play(self, name, seeds, hours="0.2"):
        subprocess.run(self.command(name, seeds, hours), check=True, capture_output=True)
        return self.path(name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def total(self, *paths):
        done = campaign("--sum", *paths)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.splitlines()[1]), done.stdout

    def refused(self, expected, *paths):
        done = campaign("--sum", *paths)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(expected, done.stderr)

    def test_parts_count_together_as_the_whole_does(self):
        whole, _ = self.total(self.play("whole", "1..4"))
        self.assertEqual(whole["seeds"], [[1, 4]])
        self.assertEqual(whole["violations"], 0)
        self.assertGreater(whole["node_hours"], 0)
        _, summed = self.total(self.play("first", "1..2"))
        parts, _ = self.total(self.write("sum", summed), self.play("second", "3..4"))
        for key in ("seeds", "launches", "removals", "faults", "violations", "simulated_s"):
            self.assertEqual(parts[key], whole[key], key)

    def test_one_simulate_at_a_time_writes_a_file_of_results(self):
        one = self.play("one", "1..2")
        with open(one, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = file.read()
            done = subprocess.run(self.command("one", "1..3", "0.2"), capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"{one} is in use by another simulate", done.stderr)
            file.seek(0)
            self.assertEqual(file.read(), before)
        self.play("one", "1..3")

    def test_what_cannot_be_counted_is_refused(self):
        one = self.play("one", "1..2")
        self.refused("seed 1 is there more than once", one, one)
        self.refused("of several sizes", one, self.play("longer", "3..3", "0.3"))
        self.refused("No such file", self.path("none"))
        self.refused("text:1: Expecting value", self.write("text", "no results\n"))
        self.refused("does not begin as a file of results", self.write("empty", ""))
        with open(one, encoding="utf-8") as file:
            head = file.readline()
        self.refused("there is no result", self.write("torn", head + '{"seed":1,'))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
