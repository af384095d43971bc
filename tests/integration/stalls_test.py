#!/usr/bin/env python3
"""Tests that failed while the machine stood still are played again, and no others."""
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.append(str(SUPPORT))
import stalls  # noqa: E402

CHILD = f"""
import os, signal, sys, time, unittest
sys.path.append({str(SUPPORT)!r})
import stalls
class Story(unittest.TestCase):
    def test_something(self):
        if "stopped" in sys.orig_argv:
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(3 * stalls.PERIOD_S)
        if "without" in sys.orig_argv:
            self.skipTest("this machine has it not")
        self.assertEqual(os.environ.get(stalls.PLAY), "2")
    if "half" in sys.orig_argv:
        def test_something_else(self):
            pass
sys.argv = sys.argv[:1]
stalls.main()
"""


class Stalls(unittest.TestCase):
    def play(self, *arguments):
        child = subprocess.Popen([sys.executable, "-c", CHILD, *arguments], stderr=subprocess.PIPE, text=True)
        while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT).si_code == os.CLD_STOPPED:
            os.waitid(os.P_PID, child.pid, os.WSTOPPED)
            time.sleep(stalls.STALL_S + 0.5)
            child.send_signal(signal.SIGCONT)
        return child.communicate()[1], child.returncode

    def test_a_failure_while_it_stood_still_is_played_again(self):
        said, status = self.play("stopped")
        self.assertEqual(status, 0, said)
        self.assertIn("played again", said)

    def test_a_failure_without_that_is_a_failure(self):
        said, status = self.play()
        self.assertEqual(status, 1, said)
        self.assertNotIn("played again", said)

    def test_where_all_is_skipped_nothing_was_shown(self):
        self.assertEqual(self.play("without")[1], stalls.ALL_SKIPPED)
        self.assertEqual(self.play("without", "half")[1], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
