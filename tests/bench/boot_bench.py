#!/usr/bin/env python3
"""What the coordinator adds to a node's own boot.

usage: boot_bench.py --bin DIR [--nodes N] [--json FILE]

The real coordinator, with the provider `local` and every timing as it is by default, is asked for N
nodes, one after the other, by raising the zone's min_servers. Each is watched from outside, a look
every 5 ms: it could serve from the moment at which both its nginx answers the probe's path and its
agent's /readyz answers 200, at whatever time that is after the launch; it serves from the moment at
which GET /v1/zones/ZONE/endpoints lists it. What lies between is the coordinator's doing (with its
journal, its probes and its ticks), as are the looks: at most 10 ms. The zone's name is told apart,
as the DNS takes its own time: here a file.
"""
import argparse
import http.client
import json
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
import fleet  # noqa: E402  pylint: disable=wrong-import-position

LOOK_EVERY_S = 0.005
LIMIT_S = 60
EDGE_PORT, HEALTH_PORT = 8080, 9180


class Page:
    """One page over one kept connection, looked at again and again."""

    def __init__(self, address, port, path, headers=None):
        self.where, self.path, self.headers = (address, port), path, headers or {}
        self.connection = None

    def get(self):
        """The body of an answer with status 200, or None."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(*self.where, timeout=2)
            self.connection.request("GET", self.path, headers=self.headers)
            answer = self.connection.getresponse()
            body = answer.read()
            return body if answer.status == 200 else None
        except (OSError, http.client.HTTPException):
            self.close()
            return None

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def until(what, look):
    """The first answer of `look` that is something, and when that was."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if found := look():
            return found, time.monotonic()
        time.sleep(LOOK_EVERY_S)
    raise SystemExit(f"boot_bench: within {LIMIT_S} s it did not happen that {what}")


def new_vm(one, known):
    for disk in one.local.glob("nodes/vm-*"):
        if disk.name not in known:
            return json.loads((disk / "vm.json").read_text()) | {
                "token": json.loads((disk / "user-data").read_text())["probe_token"]}
    return None


def launch(one, number):
    """One more node: seconds from its launch, and from when it could serve, until it does."""
    known = {disk.name for disk in one.local.glob("nodes/vm-*")}
    one.account["regions"]["lon"]["zones"]["lon1"]["min_servers"] = number
    one.write_configuration()
    one.must("config", "reload")
    vm, launched = until("a server is created", lambda: new_vm(one, known))
    edge = Page(vm["address"], EDGE_PORT, "/edgeherd-probe")
    ready = Page(vm["address"], HEALTH_PORT, "/readyz", {"Authorization": f"Bearer {vm['token']}"})
    listing = Page("127.0.0.1", one.port, f"/v1/zones/{one.zone}/endpoints")
    _, edge_at = until("its nginx answers", edge.get)
    _, ready_at = until("its agent is ready", ready.get)
    could = max(edge_at, ready_at)
    _, serves = until("it is listed", lambda: vm["node"].encode() in (listing.get() or b""))
    _, named = until("the zone's name answers it", lambda: vm["node"] in one.named())
    for page in (edge, ready, listing):
        page.close()
    return {"boot_s": could - launched, "added_s": serves - could, "named_s": named - could}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, type=pathlib.Path, help="where the programs are")
    parser.add_argument("--nodes", type=int, default=15, help="how many are launched (15)")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures here, too")
    given = parser.parse_args()
    fleet.BINARIES = given.bin.resolve()

    one = fleet.Fleet(0, given.nodes)
    try:
        one.settings["timings"] = {}  # the defaults
        one.write_configuration()
        one.start()
        runs = [launch(one, number) for number in range(1, given.nodes + 1)]
    finally:
        one.close()

    figures = {"nodes": given.nodes}
    for key in ("boot_s", "added_s", "named_s"):
        values = [run[key] for run in runs]
        figures[key] = {"median": round(statistics.median(values), 2), "worst": round(max(values), 2)}
    if given.json:
        given.json.write_text(json.dumps(figures | {"runs": runs}, indent=2) + "\n")
    print(f"{given.nodes} nodes, one after the other\n")
    print("| seconds | median | worst |\n|---|---|---|")
    for key, text in (("boot_s", "the node's own boot"),
                      ("added_s", "added until it is in service and listed"),
                      ("named_s", "added until its address is in the zone file")):
        print(f"| {text} | {figures[key]['median']:.2f} | {figures[key]['worst']:.2f} |")


if __name__ == "__main__":
    main()
