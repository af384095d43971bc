#!/usr/bin/env python3
"""Ports that were drawn are not drawn again, by this process or another, though nobody listens there."""
import pathlib
import subprocess
import sys
import unittest

DEMO = pathlib.Path(__file__).resolve().parents[2] / "packaging/demo"
sys.path.insert(0, str(DEMO))
import free_port  # noqa: E402


class OfThree(unittest.TestCase):
    """Only three ports are there to draw."""

    def setUp(self):
        ports = free_port.free_ports(3)
        for port in ports:
            free_port.DRAWN.pop().close()
        self.ports = ports
        self.known = free_port.candidates
        free_port.candidates = lambda: self.ports

    def tearDown(self):
        free_port.candidates = self.known

    def test_each_is_drawn_once(self):
        self.assertEqual(sorted(free_port.free_port() for _ in range(3)), sorted(self.ports))
        with self.assertRaisesRegex(OSError, "no 1 free ports"):
            free_port.free_port()

    def test_another_process_draws_none_of_them(self):
        drawn = free_port.free_port()
        code = (f"import sys; sys.path.insert(0, {str(DEMO)!r}); import free_port; "
                f"free_port.candidates = lambda: {self.ports}; print(*free_port.free_ports(2))")
        other = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(sorted([drawn, *map(int, other.stdout.split())]), sorted(self.ports))


if __name__ == "__main__":
    unittest.main(verbosity=2)
