#!/usr/bin/env python3
"""What the agent costs, beside prometheus-node-exporter in one run.

usage: agent_bench.py --agent FILE [--seconds N] [--rounds N] [--rate N] [--churn N] [--json FILE]

Both measure at 1 s and each is scraped once a second, over a new connection each time, while a real
nginx answers RATE requests a second (open loop) over 8 to 24 connections, of which CHURN a second
come or go at random: their count moves all the time, as on a real edge. The agent runs every
collector, tails nginx's access log, asks stub_status and counts edge connections; node_exporter runs
its default collectors and knows nothing of nginx.
The loaded time of SECONDS is cut into ROUNDS. CPU is the scheduler's run time of all threads of a
process (/proc/PID/task/*/schedstat) over one round; both processes are measured over the same rounds,
and the figures are medians over them, the ratio's of the ratios. Memory is PSS from
/proc/PID/smaps_rollup at the end. Counting connections walks over the TCP table of the whole
machine: how many sockets it holds is printed, since other programs' sockets count.
Afterwards, without load: the page's latency and rate over kept connections, 1 and 32 of them,
against a static file of the same size from the same nginx; medians of five alternating rounds.
"""
import argparse
import http.client
import json
import os
import pathlib
import random
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "packaging" / "demo"))
from free_port import free_port  # noqa: E402

ROUNDS = 5
ROUND_SECONDS = 2.0

NGINX_CONF = """
daemon off; worker_processes 1; pid {dir}/nginx.pid; error_log {dir}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  log_format edgeherd '$msec $status $bytes_sent $request_time $upstream_header_time '
                      '$remote_addr "$request"';
  access_log {dir}/access.log edgeherd buffer=64k flush=1s;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  keepalive_requests 100000000; sendfile on; root {dir};
  server {{
    listen 127.0.0.1:{port};
    location = /ok {{ return 200 "ok\\n"; }}
    location = /page {{ access_log off; }}
    location = /stub {{ access_log off; stub_status; }}
  }}
}}
"""


def fetch(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return body


def wait_for(port, path, seconds=20):
    end = time.monotonic() + seconds
    while True:
        try:
            return fetch(port, path)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def cpu_seconds(pid):
    """Time on a CPU over all threads, by the scheduler's own clock: ticks are too coarse for so little."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
            total += int(stat.read().split()[0])
    return total / 1e9


def memory_kb(pid):
    found = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        for line in rollup:
            name, _, rest = line.partition(":")
            if name in ("Rss", "Pss", "Anonymous"):
                found[name] = int(rest.split()[0])
    return found


class Load(threading.Thread):
    """Open loop: request n is due at n / rate, sent over the connections in bursts of 10 ms. At
    n / churn one connection more is opened, or one that waits for nothing is closed."""

    LEAST, MOST = 8, 24

    def __init__(self, port, rate, churn, seconds):
        super().__init__(daemon=True)
        self.port, self.rate, self.churn, self.seconds = port, rate, churn, seconds
        self.random = random.Random(1)
        self.connections = [self.connect() for _ in range((self.LEAST + self.MOST) // 2)]
        self.sent = 0
        self.answered = 0
        self.changes = 0

    def connect(self):
        one = socket.create_connection(("127.0.0.1", self.port))
        one.setblocking(False)
        return {"socket": one, "waiting": 0}

    def come_and_go(self, passed):
        while self.changes < int(passed * self.churn):
            self.changes += 1
            quiet = [one for one in self.connections if one["waiting"] == 0]
            more = self.random.random() < 0.5 or not quiet or len(self.connections) == self.LEAST
            if more and len(self.connections) < self.MOST:
                self.connections.append(self.connect())
            elif quiet:
                quiet[0]["socket"].close()
                self.connections.remove(quiet[0])

    def take_answers(self):
        for one in self.connections:
            try:
                found = one["socket"].recv(1 << 20).count(b"HTTP/1.1 200")
            except BlockingIOError:
                continue
            one["waiting"] -= found
            self.answered += found

    def run(self):
        request = b"GET /ok HTTP/1.1\r\nHost: bench\r\n\r\n"
        begin = time.monotonic()
        total = self.rate * self.seconds
        while self.answered < total and time.monotonic() - begin < self.seconds + 5:
            passed = time.monotonic() - begin
            while self.sent < min(total, int(passed * self.rate)):
                one = self.connections[self.sent % len(self.connections)]
                one["socket"].sendall(request)
                one["waiting"] += 1
                self.sent += 1
            time.sleep(0.01)
            self.take_answers()
            self.come_and_go(passed)
        for one in self.connections:
            one["socket"].close()


class Scraper(threading.Thread):
    """One scrape a second of one page."""

    def __init__(self, port, path, stop):
        super().__init__(daemon=True)
        self.port, self.path, self.stop = port, path, stop
        self.milliseconds = []
        self.bytes = 0

    def run(self):
        while not self.stop.wait(1.0):
            begin = time.perf_counter()
            self.bytes = len(fetch(self.port, self.path))
            self.milliseconds.append((time.perf_counter() - begin) * 1e3)


def page_round(port, path, connections, seconds):
    """Closed loop with one request under way per connection: (rate, latencies in us)."""
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        one = socket.create_connection(("127.0.0.1", port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        state = {"socket": one, "left": None, "begin": time.perf_counter()}
        selector.register(one, selectors.EVENT_READ, state)
        one.sendall(request)
    latencies = []
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        for key, _ in selector.select(1.0):
            state = key.data
            data = state["socket"].recv(1 << 20)
            if not data:
                raise ConnectionError(f"{path}: the server closed the connection")
            if state["left"] is None:
                head, _, body = data.partition(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                state["left"] = length - len(body)
            else:
                state["left"] -= len(data)
            if state["left"] <= 0:
                now = time.perf_counter()
                latencies.append((now - state["begin"]) * 1e6)
                state["left"], state["begin"] = None, now
                state["socket"].sendall(request)
    elapsed = time.perf_counter() - begin
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return len(latencies) / elapsed, latencies


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def compare_pages(pages):
    """pages: name -> (port, path). Rounds alternate, so that a noisy second hits all of them."""
    results = {}
    for connections in (1, 32):
        rounds = {name: [] for name in pages}
        for _ in range(ROUNDS):
            for name, (port, path) in pages.items():
                rate, latencies = page_round(port, path, connections, ROUND_SECONDS)
                rounds[name].append((rate, quantile(latencies, 0.5), quantile(latencies, 0.99)))
        for name, found in rounds.items():
            rate, p50, p99 = (statistics.median(column) for column in zip(*found))
            results.setdefault(name, {})[str(connections)] = {
                "requests_per_s": round(rate), "p50_us": round(p50), "p99_us": round(p99)}
    return results


def start_all(folder, arguments, processes):
    ports = {name: free_port() for name in ("nginx", "agent", "node_exporter")}
    with open(f"{folder}/nginx.conf", "w", encoding="ascii") as conf:
        if os.geteuid() == 0:
            conf.write("user root;\n")
        conf.write(NGINX_CONF.format(dir=folder, port=ports["nginx"]))
    config = {"state_dir": f"{folder}/state", "listen": f"127.0.0.1:{ports['agent']}",
              "access_log": f"{folder}/access.log", "edge_ports": [ports["nginx"]],
              "stub_status": f"http://127.0.0.1:{ports['nginx']}/stub",
              "checks": {"edge": {"kind": "http", "url": f"http://127.0.0.1:{ports['nginx']}/stub"},
                         "disk": {"kind": "disk_free", "path": folder, "percent": 0}}}
    with open(f"{folder}/agent.json", "w", encoding="ascii") as file:
        json.dump(config, file)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes["nginx"] = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf"], **quiet)
    wait_for(ports["nginx"], "/stub")
    processes["agent"] = subprocess.Popen([arguments.agent, "--config", f"{folder}/agent.json"], **quiet)
    wait_for(ports["agent"], "/livez")
    processes["node_exporter"] = subprocess.Popen(
        [arguments.node_exporter, f"--web.listen-address=127.0.0.1:{ports['node_exporter']}"], **quiet)
    wait_for(ports["node_exporter"], "/metrics")
    return ports


def tcp_sockets():
    """All of the machine's TCP sockets that the walk over its table meets."""
    with open("/proc/net/sockstat", encoding="ascii") as file:
        words = next(line for line in file if line.startswith("TCP:")).split()
    return int(words[words.index("alloc") + 1]) + int(words[words.index("tw") + 1])


def measure_rounds(processes, seconds, rounds):
    """CPU seconds a minute of each process, round by round."""
    found = {name: [] for name in processes}
    before = {name: cpu_seconds(process.pid) for name, process in processes.items()}
    begin = time.monotonic()
    for number in range(1, rounds + 1):
        time.sleep(max(0.0, begin + seconds * number / rounds - time.monotonic()))
        for name, process in processes.items():
            now = cpu_seconds(process.pid)
            found[name].append((now - before[name]) * 60 * rounds / seconds)
            before[name] = now
    return found


def measure(arguments, ports, processes):
    measured = {name: processes[name] for name in ("agent", "node_exporter")}
    stop = threading.Event()
    scrapers = {name: Scraper(ports[name], "/metrics", stop) for name in measured}
    load = Load(ports["nginx"], arguments.rate, arguments.churn, arguments.seconds)
    for thread in (load, *scrapers.values()):
        thread.start()
    cpu = measure_rounds(measured, arguments.seconds, arguments.rounds)
    result = {"sockets": tcp_sockets()}
    for name, process in measured.items():
        scraper = scrapers[name]
        result[name] = {**{f"{key.lower()}_kb": value for key, value in memory_kb(process.pid).items()},
                        "cpu_s_per_min": round(statistics.median(cpu[name]), 3),
                        "cpu_s_per_min_rounds": [round(one, 3) for one in cpu[name]],
                        "page_bytes": scraper.bytes, "scrapes": len(scraper.milliseconds),
                        "scrape_p50_ms": round(statistics.median(scraper.milliseconds), 2)}
    ratios = [ours / max(theirs, 1e-3) for ours, theirs in zip(cpu["agent"], cpu["node_exporter"])]
    result["cpu_ratio"] = round(statistics.median(ratios), 3)
    load.join()
    stop.set()
    result["load"] = {"sent": load.sent, "answered": load.answered, "connections_changed": load.changes}
    return result


def show(result):
    print(f"{'':16}{'PSS MB':>9}{'RSS MB':>9}{'CPU s/min':>11}{'page bytes':>12}{'scrape p50 ms':>15}")
    for name in ("agent", "node_exporter"):
        row = result[name]
        print(f"{name:16}{row['pss_kb'] / 1024:9.1f}{row['rss_kb'] / 1024:9.1f}"
              f"{row['cpu_s_per_min']:11.3f}{row['page_bytes']:12}{row['scrape_p50_ms']:15.2f}")
    print(f"{'ratio':16}{result['pss_ratio']:9.2f}{'':9}{result['cpu_ratio']:11.2f}")
    load = result["load"]
    print(f"\n{load['answered']} of {load['sent']} requests answered, {load['connections_changed']} connections came or went, "
          f"{result['sockets']} TCP sockets on the machine")
    print(f"\n{'page':22}{'connections':>12}{'requests/s':>12}{'p50 us':>9}{'p99 us':>9}")
    for name, by_connections in result["pages"].items():
        for connections, row in by_connections.items():
            print(f"{name:22}{connections:>12}{row['requests_per_s']:12}{row['p50_us']:9}{row['p99_us']:9}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--node-exporter", default="prometheus-node-exporter")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--churn", type=int, default=10)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    for program in ("nginx", arguments.node_exporter, arguments.agent):
        if shutil.which(program) is None:
            sys.exit(f"agent_bench: {program} is not installed")
    processes = {}
    with tempfile.TemporaryDirectory(prefix="edgeherd-bench-") as folder:
        try:
            ports = start_all(folder, arguments, processes)
            result = measure(arguments, ports, processes)
            page = fetch(ports["agent"], "/status.json")
            with open(f"{folder}/page", "wb") as file:
                file.write(page)
            result["pages"] = compare_pages({"agent /status.json": (ports["agent"], "/status.json"),
                                             "nginx static": (ports["nginx"], "/page")})
        finally:
            for process in reversed(processes.values()):
                process.send_signal(signal.SIGTERM)
            for process in processes.values():
                process.wait(10)
    result["pss_ratio"] = round(result["agent"]["pss_kb"] / result["node_exporter"]["pss_kb"], 3)
    show(result)
    if arguments.json:
        with open(arguments.json, "w", encoding="ascii") as file:
            json.dump(result, file, indent=2)


if __name__ == "__main__":
    main()
