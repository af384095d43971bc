#!/usr/bin/env python3
"""A TCP port of 127.0.0.1 that nobody has, and that no outgoing connection will be given either.

usage: free_port.py [COUNT]    prints so many, in one line

Ports that the kernel chooses (bind to 0) come from the range of outgoing connections: between the
choice and its use a connection of any other program can take one. These are drawn below that range.
"""
import pathlib
import random
import socket
import sys

LOWEST = 12000
TRIES = 200


def free_ports(count):
    above = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found = []
    for port in random.SystemRandom().sample(range(LOWEST, max(above, LOWEST + TRIES)), TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports among {TRIES} of {LOWEST} to {above}")


def free_port():
    return free_ports(1)[0]


if __name__ == "__main__":
    print(*free_ports(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
