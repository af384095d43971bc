#!/usr/bin/env python3
"""A TCP port of 127.0.0.1 that nobody has, and that no outgoing connection will be given either.

usage: free_port.py [COUNT]    prints so many, in one line

Ports that the kernel chooses (bind to 0) come from the range of outgoing connections: between the
choice and its use a connection of any other program can take one. These are drawn below that range.

Until its server listens, a drawn port is as free as before: so a process keeps what it has drawn (by
a name in the abstract namespace of sockets, gone when it ends), and neither it nor another process
draws that again.
"""
import pathlib
import random
import socket
import sys

LOWEST = 12000
TRIES = 200
DRAWN = []


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def draw(port):
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0edgeherd-port-{port}")
    except OSError:
        claim.close()
        return False
    DRAWN.append(claim)
    return True


def candidates():
    above = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return random.SystemRandom().sample(range(LOWEST, max(above, LOWEST + TRIES)), TRIES)


def free_ports(count):
    found = []
    for port in candidates():
        if not is_free(port) or not draw(port):
            continue
        found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"no {count} free ports from {LOWEST} on, in {TRIES} tries")


def free_port():
    return free_ports(1)[0]


if __name__ == "__main__":
    print(*free_ports(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
