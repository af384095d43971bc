#!/usr/bin/env python3
"""The real agent beside a real nginx that writes the log format "edgeherd".

usage: agent_standalone_test.py EDGEHERD_AGENT
Everything listens on 127.0.0.1 at ports that nobody has.
"""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(SOURCE / "packaging" / "demo"), str(SOURCE / "tests" / "support")]
import stalls  # noqa: E402
from free_port import free_port  # noqa: E402

AGENT = ""
SLOW_SECONDS = 0.06

NGINX_CONF = """
daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/error.log warn;
events {{ worker_connections 256; }}
http {{
  log_format edgeherd '$msec $status $bytes_sent $request_time $upstream_header_time '
                      '$remote_addr "$request"';
  access_log {dir}/access.log edgeherd buffer=64k flush=1s;
  client_body_temp_path {dir}/tmp-body; proxy_temp_path {dir}/tmp-proxy;
  fastcgi_temp_path {dir}/tmp-f; uwsgi_temp_path {dir}/tmp-u; scgi_temp_path {dir}/tmp-s;
  keepalive_requests 100000;
  server {{
    listen 127.0.0.1:{port};
    location = /ok {{ return 200 "ok\\n"; }}
    location = /moved {{ return 301 /ok; }}
    location = /gone {{ return 404; }}
    location = /broken {{ return 503; }}
    location = /slow {{ proxy_pass http://127.0.0.1:{upstream}; }}
    location = /stub {{ access_log off; stub_status; }}
    location = /health {{ access_log off; return 200 "fine\\n"; }}
  }}
}}
"""


def eventually(what, seconds=15):
    """Waits until what() is true; a bound, not a pause: it returns as soon as it can."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.05)
    return what()


class Slow(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(SLOW_SECONDS)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Nginx:
    def __init__(self, folder):
        self.folder = folder
        self.upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
        threading.Thread(target=self.upstream.serve_forever, daemon=True).start()
        self.port = free_port()
        self.conf = os.path.join(folder, "nginx.conf")
        with open(self.conf, "w", encoding="utf-8") as conf:
            if os.geteuid() == 0:
                conf.write("user root;\n")
            conf.write(NGINX_CONF.format(dir=folder, port=self.port,
                                         upstream=self.upstream.server_address[1]))
        self.process = subprocess.Popen(["nginx", "-c", self.conf])
        assert eventually(self.answers), "nginx did not start"

    def answers(self):
        try:
            return self.ask(["/health"]) == [200]
        except OSError:
            return False

    def ask(self, paths):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        statuses = []
        for path in paths:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
        return statuses

    def reopen(self):
        subprocess.run(["nginx", "-c", self.conf, "-s", "reopen"], check=True)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
        self.process.wait(10)

    def close(self):
        self.stop()
        self.upstream.shutdown()
        self.upstream.server_close()


class Agent:
    def __init__(self, arguments):
        self.process = subprocess.Popen([AGENT] + arguments, stderr=subprocess.PIPE, text=True)
        self.said = []
        self.port = 0
        self.ready = threading.Event()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        assert self.ready.wait(15), "the agent said nothing: " + "".join(self.said)

    def read(self):
        for line in self.process.stderr:
            self.said.append(line)
            if "serves http://" in line:
                self.port = int(line.rsplit(":", 1)[1].rstrip("/\n"))
                self.ready.set()
        self.ready.set()

    def heard(self, text):
        return eventually(lambda: any(text in line for line in self.said))

    def get(self, path, method="GET", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body

    def status(self):
        return json.loads(self.get("/status.json")[1])

    def metric(self, name):
        found = self.status()["metrics"][name]
        return None if found is None else found["value"]

    def series(self):
        """Every sample of /metrics by its name and labels."""
        lines = self.get("/metrics")[1].splitlines()
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        self.reader.join(5)
        self.process.stderr.close()
        return code


class Beside(unittest.TestCase):
    """An nginx and a folder; agents that a test starts are stopped."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="edgeherd-agent-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.nginx = Nginx(self.folder)
        self.addCleanup(self.nginx.close)

    def path(self, name):
        return os.path.join(self.folder, name)

    def agent(self, arguments):
        agent = Agent(arguments)
        self.addCleanup(agent.stop)
        return agent

    def standalone(self):
        return self.agent(["--standalone", "--listen", "127.0.0.1:0", "--access-log",
                           self.path("access.log"), "--state-dir", self.path("state")])

    def configured(self, checks, **more):
        config = {"state_dir": self.path("state"), "listen": "127.0.0.1:0",
                  "access_log": self.path("access.log"), "checks": checks, **more}
        with open(self.path("agent.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        return ["--config", self.path("agent.json")]

    def wait_for_requests(self, agent, count):
        eventually(lambda: agent.metric("requests_total") == count)
        self.assertEqual(agent.metric("requests_total"), count)


class Standalone(Beside):
    def test_every_request_is_counted_once_with_its_class_and_latency(self):
        agent = self.standalone()
        eventually(lambda: agent.metric("requests_total") is not None)
        paths = ["/ok"] * 1500 + ["/moved"] * 100 + ["/gone"] * 200 + ["/broken"] * 50
        self.assertEqual(len(self.nginx.ask(paths)), 1850)
        self.nginx.ask(["/slow"] * 20)
        self.nginx.ask(["/health"] * 30)  # not logged
        self.wait_for_requests(agent, 1870)
        series = agent.series()
        for name, count in (("1xx", 0), ("2xx", 1520), ("3xx", 100), ("4xx", 200), ("5xx", 50)):
            self.assertEqual(series['edgeherd_agent_responses_total{class="%s"}' % name], count)
        bucket = 'edgeherd_agent_latency_seconds_bucket{le="%s"}'
        self.assertEqual(series["edgeherd_agent_latency_seconds_count"], 1870)
        self.assertGreaterEqual(series[bucket % "0.05"], 1800)
        self.assertLessEqual(series[bucket % "0.05"], 1850)
        self.assertEqual(series[bucket % "10"], 1870)
        self.assertGreater(series["edgeherd_agent_latency_seconds_sum"], 20 * SLOW_SECONDS * 0.98)
        self.assertEqual(series["edgeherd_agent_log_foreign_lines_total"], 0)

    def test_nothing_is_lost_or_doubled_when_the_log_is_rotated(self):
        agent = self.standalone()
        eventually(lambda: agent.metric("requests_total") is not None)
        for round_number in range(3):
            self.nginx.ask(["/ok"] * 100)
            os.rename(self.path("access.log"), self.path("access.log.%d" % round_number))
            self.nginx.ask(["/ok"] * 50)  # still into the old file
            self.nginx.reopen()
            self.nginx.ask(["/ok"] * 25)
            # A file that came and went between two looks was never seen: one rotation at a time.
            self.wait_for_requests(agent, (round_number + 1) * 175)

    def test_what_was_logged_before_a_restart_is_no_traffic_of_now(self):
        agent = self.standalone()
        eventually(lambda: agent.metric("requests_total") is not None)
        self.nginx.ask(["/ok"] * 100)
        self.wait_for_requests(agent, 100)
        self.assertEqual(agent.stop(), 0)
        self.nginx.ask(["/ok"] * 70)
        time.sleep(1.5)  # nginx flushes its buffer after a second
        second = self.standalone()
        eventually(lambda: second.metric("requests_total") is not None)
        self.nginx.ask(["/ok"] * 10)
        self.wait_for_requests(second, 10)

    def test_no_address_keeps_others_off_the_pages_which_take_no_bodies(self):
        agent = self.standalone()
        for _ in range(80):
            with contextlib.suppress(OSError):  # some find no room
                crowd = socket.create_connection(("127.0.0.1", agent.port), 10, ("127.0.0.2", 0))
                self.addCleanup(crowd.close)
                crowd.sendall(b"GET /livez HTTP/1.1\r\nHost: page\r\nContent-Length: 1\r\n\r\n")
        other = http.client.HTTPConnection("127.0.0.1", agent.port, 10, source_address=("127.0.0.3", 0))
        self.addCleanup(other.close)
        other.request("GET", "/livez")
        self.assertEqual(other.getresponse().status, 200)
        self.assertEqual(agent.get("/livez", headers={"Content-Length": "0"})[0].status, 200)

    def test_the_pages_answer_and_promtool_accepts_the_metrics(self):
        agent = self.standalone()
        eventually(lambda: agent.get("/readyz")[0].status == 200)
        self.assertEqual(agent.get("/readyz")[1], "ready\n")
        self.assertEqual(agent.get("/livez")[1], "alive\n")
        self.assertIn("<!doctype html>", agent.get("/")[1])
        status = agent.status()
        for key in ("schema", "node", "state", "verdict", "checks", "metrics"):
            self.assertIn(key, status)
        refused, _ = agent.get("/", "POST")
        self.assertEqual((refused.status, refused.getheader("Allow")), (405, "GET, HEAD"))
        self.assertEqual(agent.get("/other")[0].status, 404)
        if shutil.which("promtool"):
            checked = subprocess.run(["promtool", "check", "metrics"], input=agent.get("/metrics")[1],
                                     text=True, capture_output=True, check=False)
            self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_it_stops_when_told_and_two_cannot_share_a_state_directory(self):
        agent = self.standalone()
        second = subprocess.run([AGENT, "--standalone", "--listen", "127.0.0.1:0", "--state-dir",
                                 self.path("state")], capture_output=True, text=True, timeout=10,
                                check=False)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another running agent (process %d)" % agent.process.pid, second.stderr)
        self.assertEqual(agent.stop(), 0)


class Configured(Beside):
    def test_checks_decide_readiness_and_recover(self):
        checks = {"edge": {"kind": "http", "url": "http://127.0.0.1:%d/health" % self.nginx.port,
                           "contains": "fine", "period": "100ms"},
                  "nginx": {"kind": "process", "pid_file": self.path("nginx.pid"),
                            "period": "100ms"}}
        agent = self.agent(self.configured(checks))
        self.assertTrue(eventually(lambda: agent.get("/readyz")[0].status == 200))
        self.nginx.stop()
        self.assertTrue(eventually(lambda: agent.get("/readyz")[0].status == 503))
        eventually(lambda: "check nginx" in agent.get("/readyz")[1])
        body = agent.get("/readyz")[1]
        self.assertIn("check edge: fail", body)
        self.assertIn("check nginx: fail", body)
        self.assertEqual(agent.status()["verdict"], "bad")
        self.assertEqual(agent.get("/livez")[0].status, 200)

    def test_edge_connections_and_stub_status_are_measured(self):
        agent = self.agent(self.configured(
            {}, edge_ports=[self.nginx.port], stub_status="http://127.0.0.1:%d/stub" % self.nginx.port))
        eventually(lambda: agent.metric("nginx_requests_total") is not None)
        with socket.create_connection(("127.0.0.1", self.nginx.port)), \
                socket.create_connection(("127.0.0.1", self.nginx.port)):
            # The agent's own kept connection for stub_status may be a third.
            self.assertTrue(eventually(lambda: agent.metric("edge_connections") in (2, 3)))
        before = agent.metric("nginx_requests_total")
        self.nginx.ask(["/ok"] * 200)
        self.assertTrue(eventually(lambda: agent.metric("nginx_requests_total") == before + 200))

    def test_a_hangup_reads_the_checks_again_and_a_wrong_file_changes_nothing(self):
        disk = {"kind": "disk_free", "path": "/", "percent": 0, "period": "100ms"}
        agent = self.agent(self.configured({"old": disk}))
        self.configured({"new": disk})
        agent.process.send_signal(signal.SIGHUP)
        self.assertTrue(eventually(lambda: agent.status()["checks"][0]["name"] == "new"))
        with open(self.path("agent.json"), "w", encoding="utf-8") as file:
            file.write('{\n  "chekcs": {}\n}\n')
        agent.process.send_signal(signal.SIGHUP)
        self.assertTrue(agent.heard("agent.json:2:3: "))
        self.assertEqual(agent.status()["checks"][0]["name"], "new")

    def test_a_probe_token_guards_every_page(self):
        agent = self.agent(self.configured({}, probe_token="s3cret", listen="0.0.0.0:0"))
        self.assertEqual(agent.get("/livez")[0].status, 401)
        answer, _ = agent.get("/livez", headers={"Authorization": "Bearer s3cret"})
        self.assertEqual(answer.status, 200)


class CommandLine(unittest.TestCase):
    def run_agent(self, *arguments):
        return subprocess.run([AGENT, *arguments], capture_output=True, text=True, timeout=10,
                              check=False)

    def test_wrong_usage_is_exit_status_2_and_starts_nothing(self):
        for arguments in ([], ["--surprise"], ["--config"], ["--config", "/nowhere.json"],
                          ["--standalone"], ["--standalone", "--state-dir", "/tmp/x", "--listen",
                                             "0.0.0.0:9180"]):
            answer = self.run_agent(*arguments)
            self.assertEqual((arguments, answer.returncode), (arguments, 2))
            self.assertIn("edgeherd-agent: error: ", answer.stderr)

    def test_help_and_version_answer_on_standard_output(self):
        self.assertIn("usage:", self.run_agent("--help").stdout)
        self.assertRegex(self.run_agent("--version").stdout, r"^edgeherd-agent \d+\.\d+\.\d+\n$")

    def test_check_config_prints_the_digest_or_what_is_wrong(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "agent.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write('{ "image_version": "v1" }')
            good = self.run_agent("--check-config", "--config", path)
            self.assertEqual(good.returncode, 0)
            self.assertRegex(good.stdout, r"^ok, digest [0-9a-f]{64}\n$")
            with open(path, "w", encoding="utf-8") as file:
                file.write('{\n  "sample_interval": "soon"\n}')
            wrong = self.run_agent("--check-config", "--config", path)
            self.assertEqual(wrong.returncode, 2)
            self.assertIn(path + ":2:22: ", wrong.stderr)


if __name__ == "__main__":
    AGENT = os.path.abspath(sys.argv.pop(1))
    stalls.main()
