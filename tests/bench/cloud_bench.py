#!/usr/bin/env python3
"""What the coordinator adds to a cloud's own boot, and how it comes back from an outage of the cloud's API.

usage: cloud_bench.py --bin DIR [--nodes N] [--boot S] [--outage S] [--json FILE]

The real coordinator with every timing as it is by default, against the fakes of Digital Ocean and of EC2 (moto)
whose servers are real nginx and agents on this machine (tests/integration/clouds.py), with names in a real BIND.
A server has its address two seconds after its creation, and its guest boots for the rest of --boot.

Launches: N servers, one after the other, by raising the zone's minimum. From the coordinator's own record of its
decision until the name server answers with the address, less the server's own boot: from its creation at the
cloud until its nginx and its agent are ready. A look every 10 ms, for EC2's creation every 100 ms or so.

Outage: with eight servers in service Digital Ocean's API answers nothing for so long; in its first moment one
server loses its power, and the zone's minimum is raised by one. Measured is from the outage's end.
"""
import argparse
import contextlib
import json
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import clouds  # noqa: E402  pylint: disable=wrong-import-position
import fleet  # noqa: E402  pylint: disable=wrong-import-position
from boot_bench import EDGE_PORT, HEALTH_PORT, Page  # noqa: E402  pylint: disable=wrong-import-position
from dns_test import NameServer  # noqa: E402  pylint: disable=wrong-import-position

LOOK_EVERY_S = 0.01
LIMIT_S = 60
RECOVERY_LIMIT_S = 400
ADDRESS_S = 2.0
SERVERS = 8  # in the outage


def until(what, look, limit_s=LIMIT_S):
    """What `look` found, and when by the wall clock."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if found := look():
            return found, time.time()
        time.sleep(LOOK_EVERY_S)
    raise SystemExit(f"cloud_bench: within {limit_s} s it did not happen that {what}")


def new_machine(one, known):
    return next((m for m in list(one.machines.running.values()) if m.server not in known), None)


def decided_at(one, node):
    return next(e["at_ms"] for e in one.events("launch") if e["node"] == node) / 1000


def launch(one, number):
    known = set(one.machines.running)
    one.grow(number)
    machine, _ = until("a server runs", lambda: new_machine(one, known))
    token = json.loads(one.post("/v1/enroll-token", {"node": machine.node})["user_data"])["probe_token"]
    edge = Page(machine.address, EDGE_PORT, "/edgeherd-probe")
    ready = Page(machine.address, HEALTH_PORT, "/readyz", {"Authorization": f"Bearer {token}"})
    _, edge_at = until("its nginx answers", edge.get)
    _, ready_at = until("its agent is ready", ready.get)
    _, named = until("its name answers", lambda: machine.address in one.server.dig(clouds.DNS_NAME))
    edge.close()
    ready.close()
    decided = decided_at(one, machine.node)
    own = max(edge_at, ready_at) - one.cloud.made_at(machine.server)
    return {"all_s": named - decided, "own_s": own, "added_s": named - decided - own}


def outage(one, seconds):
    one.grow(SERVERS)
    until("all serve", lambda: len(one.in_service()) == SERVERS, RECOVERY_LIMIT_S)
    lost = one.in_service()[0]
    made = one.servers_made()
    one.cloud.away(True)
    one.machines.pull_the_plug(lost)
    one.grow(SERVERS + 1)
    time.sleep(seconds)
    one.cloud.away(False)
    began = time.time()
    _, serves = until("as many as wanted serve", lambda: len(one.in_service()) == SERVERS + 1
                      and len(one.server.dig(clouds.DNS_NAME)) == SERVERS + 1, RECOVERY_LIMIT_S)
    _, gone = until("the lost server is gone", lambda: lost not in one.directories(), RECOVERY_LIMIT_S)
    return {"outage_s": seconds, "serves_s": serves - began, "gone_s": gone - began,
            "doubled": one.servers_made() - made - 2}


def measured(kind, given, outage_s):
    with contextlib.ExitStack() as ends:
        server = NameServer()
        ends.callback(server.stop)
        one = clouds.CloudFleet(kind, 0, max(given.nodes, SERVERS) + 4, server, boot_s=ADDRESS_S,
                                guest_s=given.boot - ADDRESS_S)
        ends.callback(one.close)
        one.settings.update(timings={}, scaling={}, budgets={}, breakers={})  # the defaults
        one.write_configuration()
        one.start()
        runs = [launch(one, number) for number in range(1, given.nodes + 1)]
        return runs, outage(one, outage_s) if outage_s else None


def row(name, runs):
    cells = [f"{statistics.median(run[key] for run in runs):.2f} | {max(run[key] for run in runs):.2f}"
             for key in ("own_s", "added_s")]
    return f"| {name} | {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, type=pathlib.Path, help="where the programs are")
    parser.add_argument("--nodes", type=int, default=6, help="how many are launched one by one in each cloud (6)")
    parser.add_argument("--boot", type=float, default=20, help="seconds that a server boots (20)")
    parser.add_argument("--outage", type=int, default=120, help="seconds without the API (120)")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures here, too")
    given = parser.parse_args()
    fleet.BINARIES = given.bin.resolve()

    ocean, after = measured(clouds.DigitalOcean, given, given.outage)
    ec2, _ = measured(clouds.Aws, given, 0)
    if given.json:
        given.json.write_text(json.dumps({"digitalocean": ocean, "aws": ec2, "outage": after}, indent=2) + "\n")
    print(f"{given.nodes} servers in each cloud, one after the other, each booting for {given.boot:g} s\n")
    print("| seconds | own boot, median | worst | added until the name answers, median | worst |")
    print("|---|---|---|---|---|")
    print(row("Digital Ocean", ocean))
    print(row("EC2", ec2))
    print(f"\nAfter {after['outage_s']} s without Digital Ocean's API, in which one of {SERVERS} servers died and one "
          "more was wanted\n")
    print("| | |\n|---|---|")
    print(f"| seconds until all that are wanted serve and are named | {after['serves_s']:.1f} |")
    print(f"| seconds until the lost one is gone, its logs stored | {after['gone_s']:.1f} |")
    print(f"| servers made twice | {after['doubled']} |")


if __name__ == "__main__":
    main()
