"""Runs the demo: coordinator, viewers, a look at the fleet every few seconds, and the sum at the end.

Called by packaging/demo.sh. The figures of the report come from outside the coordinator wherever they
can: served is what the viewers counted, archived is read back from the archive's files, live is what
still lies on the nodes' disks.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import lines
from free_port import free_port

ZONES = ["lon1", "ams1"]
STEADY_RPS = 80          # of each zone; one node plans for 70 (capacity 100, target 0.70)
STEP_FACTOR = 4
SHOW_EVERY_S = 10


def write_configuration(work, images, binaries, port):
    coordinator = {
        "fleet_id": "demo",
        "state_dir": str(work / "state"),
        "listen": f"127.0.0.1:{port}",
        "agents": {"fleet_port": free_port(), "enroll_port": free_port()},
        "archive": {"url": f"file://{work}/archive"},
        "dns": {"type": "file", "zone": "edge.demo", "file": str(work / "state" / "edge.demo.zone")},
        "providers": "providers",
        # A day's patience would hide the shrinking: the windows are those of a short film.
        "timings": {"inventory_period": "2s", "create_settle": "5s", "drain_deadline": "1m"},
        "scaling": {"scale_in_stabilisation": "15s"},
        "budgets": {"scale_in_window": "15s"},
    }
    zone = {"state": "active", "min_servers": 2, "max_servers": 8}
    local = {
        "type": "local",
        "image_id": "v1",
        "image_version": "v1",
        "capacity": {"requests_per_s": 100},
        # Nodes share this host: its CPU and disk say nothing of one node.
        "targets": {"requests": 0.70, "cpu": None, "disk": None},
        "dns_ttl": "3s",
        "probe": {"health_port": 9180, "edge_port": 8080, "edge_path": "/edgeherd-probe", "edge_body": "edge"},
        "options": {
            "root": str(work / "local"),
            "images": str(images),
            "agent": str(binaries / "edgeherd-agent"),
            "faults": {"boot_delay": "2s", "boot_jitter": "1s"},
        },
        "regions": {
            "lon": {"name": "London", "state": "active",
                    "zones": {"lon1": dict(zone, dns_name="lon1.edge.demo")}},
            "ams": {"name": "Amsterdam", "state": "active",
                    "zones": {"ams1": dict(zone, dns_name="ams1.edge.demo")}},
        },
    }
    config = work / "etc"
    (config / "providers").mkdir(parents=True)
    (config / "coordinator.json").write_text(json.dumps(coordinator, indent=2) + "\n")
    (config / "providers" / "local.json").write_text(json.dumps(local, indent=2) + "\n")
    return config


class Coordinator:
    def __init__(self, binaries, config, port, log):
        self.url = f"http://127.0.0.1:{port}"
        self.cli = [str(binaries / "edgeherd"), "--endpoint", self.url]
        self.program = subprocess.Popen([str(binaries / "edgeherd-coordinator"), "--config", str(config)],
                                        stdout=log, stderr=subprocess.STDOUT, start_new_session=True)

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return json.load(answer)

    def wait_ready(self, limit_s=20):
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            if self.program.poll() is not None:
                sys.exit(f"demo: the coordinator ended with status {self.program.returncode}, see coordinator.log")
            try:
                urllib.request.urlopen(self.url + "/livez", timeout=1)
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("demo: the coordinator does not answer")

    def in_service(self):
        nodes = self.get("/v1/nodes")["nodes"]
        return {zone: sum(1 for n in nodes if n["state"] == "in_service" and n["zone"] == f"local/{zone}")
                for zone in ZONES}

    def events(self):
        found, after = [], 0
        while True:
            page = self.get(f"/v1/events?after={after}&limit=500")["events"]
            if not page:
                return found
            found += page
            after = page[-1]["number"]

    def show(self):
        subprocess.run(self.cli + ["status"], check=False)


def wait_for(what, condition, limit_s):
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.25)
    sys.exit(f"demo: {what} did not happen within {limit_s} s")


def phases(total_s):
    steady = max(15, total_s * 25 // 150)
    step = max(20, total_s * 45 // 150)
    return steady, step, total_s - steady - step


def event_time(event):
    return event["at_ms"] / 1000


def reaction(events, step_at, step_end):
    """Seconds from the load step to the first launch, and until its last launched node serves."""
    launched = {e["node"]: event_time(e) for e in events if e["code"] == "launch" and step_at <= event_time(e) < step_end}
    serving = [event_time(e) for e in events if e["code"] == "node_in_service" and e["node"] in launched]
    decision = min(launched.values()) - step_at if launched else None
    capacity = max(serving) - step_at if serving else None
    return decision, capacity


def stop_everything(coordinator, work):
    coordinator.program.send_signal(signal.SIGTERM)
    try:
        coordinator.program.wait(timeout=15)
    except subprocess.TimeoutExpired:
        coordinator.program.kill()
        coordinator.program.wait()
    lines.stop_nodes(work / "local")


def main():
    parser = argparse.ArgumentParser()
    for name in ("--bin", "--images", "--report", "--work"):
        parser.add_argument(name, type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--keep", required=True)
    args = parser.parse_args()

    work = args.work / "run"
    if (work / "local").exists():
        lines.stop_nodes(work / "local")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    port = free_port()
    config = write_configuration(work, args.images, args.bin, port)
    with open(work / "coordinator.log", "w", encoding="utf-8") as log:
        coordinator = Coordinator(args.bin, config, port, log)
    finished = False
    try:
        sums = run(args, work, coordinator)
        finished = True
    finally:
        if args.keep == "no" or not finished:
            stop_everything(coordinator, work)
    args.report.parent.mkdir(parents=True, exist_ok=True)
    args.report.write_text(json.dumps(sums, indent=2) + "\n")
    print("\n== sum")
    for key, value in sums.items():
        print(f"  {key:26} {value}")
    print(f"\nreport: {args.report}")
    if args.keep == "yes":
        print(f"kept: {' '.join(coordinator.cli)} status   (coordinator is process {coordinator.program.pid})")
    whole = sums["log_lines_archived"] + sums["log_lines_live"] == sums["log_lines_served"]
    if sums["requests_failed"] or not whole:
        print("FAILED: " + ("requests failed" if sums["requests_failed"] else "log lines do not add up"))
        return 1
    print("every request was answered, and every log line is accounted for")
    return 0


def run(args, work, coordinator):
    coordinator.wait_ready()
    print(f"coordinator: {coordinator.url}   command line: {' '.join(coordinator.cli)}")
    print(f"configuration: {work}/etc   nodes: {work}/local/nodes   archive: {work}/archive")
    print("\n== two zones come to their minimum")
    wait_for("two nodes in each zone", lambda: all(n >= 2 for n in coordinator.in_service().values()), 60)
    coordinator.show()

    steady, step, back = phases(args.seconds)
    plan = f"steady:{steady}:{STEADY_RPS},step:{step}:{STEADY_RPS * STEP_FACTOR},back:{back}:{STEADY_RPS}"
    print(f"\n== traffic: {STEADY_RPS} requests/s a zone for {steady} s, {STEP_FACTOR} times that for {step} s, "
          f"and back for {back} s")
    traffic = [str(args.bin / "edgeherd-traffic"), "--endpoint", coordinator.url, "--plan", plan, "--path", "/16k.ts",
               "--report", str(work / "traffic.json")]
    for zone in ZONES:
        traffic += ["--zone", f"local/{zone}"]
    viewers = subprocess.Popen(traffic)
    started = time.time()
    shown = time.monotonic()
    while viewers.poll() is None:
        time.sleep(0.25)
        if time.monotonic() - shown >= SHOW_EVERY_S:
            shown = time.monotonic()
            print(f"\n-- {time.time() - started:.0f} s")
            coordinator.show()
    if viewers.returncode != 0:
        sys.exit(f"demo: the viewers ended with status {viewers.returncode}")

    counted = json.loads((work / "traffic.json").read_text())
    step_at = counted["started_unix_ms"] / 1000 + steady
    step_end = step_at + step
    time.sleep(3)  # nginx writes its buffered lines within a second
    events = coordinator.events()
    decision, capacity = reaction(events, step_at, step_end)
    lines.freeze_agents(work / "local")
    archived, objects = lines.archived(work / "archive")
    live = lines.live(work / "local", work / "archive")
    lines.thaw_agents(work / "local")
    removals = {e["node"] for e in events if e["code"] == "node_gone"}
    return {
        "requests_sent": counted["requests_sent"],
        "requests_answered": counted["requests_answered"],
        "requests_failed": counted["requests_failed"],
        "log_lines_served": counted["requests_answered"],
        "log_lines_archived": archived,
        "log_lines_live": live,
        "objects_verified": objects,
        "launches": sum(1 for e in events if e["code"] == "launch"),
        "removals": len(removals),
        "seconds_step_to_decision": None if decision is None else round(decision, 2),
        "seconds_step_to_capacity": None if capacity is None else round(capacity, 2),
    }


if __name__ == "__main__":
    sys.exit(main())
