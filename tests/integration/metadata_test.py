#!/usr/bin/env python3
"""The real agent asks metadata services who it is: AWS's own mock, a droplet's, and ones that go wrong.

usage: metadata_test.py EDGEHERD_AGENT
Everything listens on loopback at ports of the system's choice.
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
import urllib.request

import agent_standalone_test as beside

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))
import aws_metadata  # noqa: E402
import stalls  # noqa: E402

TOKEN = "the-probe-token"
KEY = "k" * 40
MIB = 1024 * 1024


def user_data(node, **more):
    """As a coordinator makes it."""
    return json.dumps({"schema": 1, "fleet": "trial", "node": node, "zone": "cloud/lon1", "enrolment_token": "secret-e",
                       "probe_token": TOKEN, "coordinators": [], **more})


class Answers(http.server.BaseHTTPRequestHandler):
    """Whatever the test wants; a redirect's target that must never be asked is counted."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.answer(self)

    do_PUT = do_GET

    def say(self, status, body, length=None, headers=()):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer, port=0):
        super().__init__(("127.0.0.1", port), Answers)
        self.answer, self.asked = answer, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # a client that leaves is no error
            super().handle_error(request, client_address)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self):
        self.shutdown()
        self.server_close()


def droplet(handler, number=7, given=None):
    if handler.path != "/metadata/v1.json":
        return handler.say(404, b"not found")
    return handler.say(200, json.dumps({"droplet_id": number, "region": "lon1", "hostname": "edge",
                                        "user_data": user_data("n-7") if given is None else given}).encode())


class MetadataCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="edgeherd-metadata-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = beside.free_port()

    def path(self, name):
        return os.path.join(self.folder, name)

    def agent(self, cloud, url, listen="127.0.0.1", **more):
        config = {"metadata": cloud, "metadata_url": url, "state_dir": self.path("state"),
                  "listen": f"{listen}:{self.port}", "image_version": "v1", "checks": {}, **more}
        with open(self.path("agent.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        agent = beside.Agent(["--config", self.path("agent.json")])
        self.addCleanup(agent.stop)
        return agent

    def server(self, answer, port=0):
        server = Server(answer, port)
        self.addCleanup(server.close)
        return server

    def status(self, agent):
        try:
            answer, body = agent.get("/status.json", headers={"Authorization": f"Bearer {TOKEN}"})
        except OSError:  # between the page of waiting and that of working
            return {"state": "no page"}
        return json.loads(body) if answer.status == 200 else {"state": f"answer {answer.status}"}

    def readiness(self, agent):
        answer, body = agent.get("/readyz")
        return answer.status, body

    def works(self, agent):
        self.assertTrue(beside.eventually(lambda: self.status(agent)["state"] == "serving", 30), "".join(agent.said))
        return self.status(agent)

    def waits(self, agent, *why):
        """Its page says that it waits, and each of `why`."""
        def told():
            state, text = self.readiness(agent)
            return state == 503 and "waiting for metadata" in text and all(part in text for part in why)
        self.assertTrue(beside.eventually(told, 20), "".join(agent.said) + self.readiness(agent)[1])


@unittest.skipUnless(aws_metadata.available(), "AWS's metadata mock is not installed")
class InstanceOfAws(MetadataCase):
    def instance(self, given, **more):
        service = aws_metadata.Service("i-0123456789abcdef0", "eu-west-2", "eu-west-2a", given.encode(), **more)
        self.addCleanup(service.stop)
        return service, f"http://127.0.0.1:{service.port}"

    def test_an_instance_learns_who_it_is_and_what_it_was_given(self):
        service, url = self.instance(user_data("n-1"))
        agent = self.agent("aws", url, listen="0.0.0.0")
        status = self.works(agent)
        self.assertEqual(status["node"], "n-1")
        self.assertEqual(status["cloud"], {"provider": "aws", "region": "eu-west-2", "zone": "eu-west-2a",
                                           "instance_id": "i-0123456789abcdef0"})
        self.assertEqual(agent.get("/livez")[0].status, 401)  # the token came with the user data
        self.assertIn("/latest/user-data", service.said())
        self.assertTrue(agent.heard("this is i-0123456789abcdef0 in eu-west-2a"))
        self.assertNotIn(TOKEN, "".join(agent.said))

    def test_user_data_that_is_somebody_elses_is_told_with_its_place(self):
        _, url = self.instance("#!/bin/sh\necho hidden\n")
        agent = self.agent("aws", url)
        self.waits(agent, url + "/latest/user-data:1:1: ")
        self.assertNotIn("hidden", "".join(agent.said))

    def test_a_service_that_comes_later_is_found_then(self):
        port = beside.free_port()
        agent = self.agent("aws", f"http://127.0.0.1:{port}")
        self.waits(agent, f"PUT http://127.0.0.1:{port}/latest/api/token: ")
        self.assertEqual(agent.get("/livez")[0].status, 200)
        self.assertEqual(self.status(agent)["state"], "waiting")
        self.instance(user_data("n-1"), port=port)
        self.works(agent)


class Droplet(MetadataCase):
    def test_a_droplet_learns_who_it_is_and_what_it_was_given(self):
        place = self.path("port")
        fake = subprocess.Popen([SUPPORT / "fake_digitalocean.py", place])
        self.addCleanup(fake.wait)
        self.addCleanup(fake.terminate)
        self.assertTrue(beside.eventually(lambda: os.path.exists(place)))
        cloud = "http://127.0.0.1:" + pathlib.Path(place).read_text()
        order = {"name": "n-7", "region": "lon1", "size": "s-1vcpu-1gb", "image": 1001, "user_data": user_data("n-7")}
        request = urllib.request.Request(cloud + "/v2/droplets", json.dumps(order).encode(),
                                         {"Authorization": "Bearer test-1", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            number = json.load(answer)["droplet"]["id"]
        with urllib.request.urlopen(f"{cloud}/fake/test-1/metadata/{number}", timeout=10) as answer:
            port = json.load(answer)["port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metadata/v1/id", timeout=10) as answer:
            self.assertEqual(answer.read().decode(), str(number))
        agent = self.agent("digitalocean", f"http://127.0.0.1:{port}", listen="0.0.0.0")
        status = self.works(agent)
        self.assertEqual(status["node"], "n-7")
        self.assertEqual(status["cloud"], {"provider": "digitalocean", "region": "lon1", "zone": "lon1",
                                           "instance_id": str(number)})

    def test_of_two_clouds_the_one_that_answers_is_ours(self):
        vendor = pathlib.Path("/sys/class/dmi/id/sys_vendor")
        if vendor.exists() and vendor.read_text().strip() in ("Amazon EC2", "DigitalOcean"):
            self.skipTest("this machine's firmware settles the question")
        server = self.server(droplet)
        agent = self.agent("auto", server.url)
        self.assertEqual(self.works(agent)["cloud"]["provider"], "digitalocean")
        self.assertEqual(server.asked[0], "/latest/api/token")

    def test_a_droplet_without_user_data_goes_by_its_image(self):
        server = self.server(lambda handler: droplet(handler, given=""))
        agent = self.agent("digitalocean", server.url, node="by-image")
        self.assertEqual(self.works(agent)["node"], "by-image")


class Troubles(MetadataCase):
    def test_whatever_goes_wrong_is_on_the_page_and_ends_by_itself(self):
        trap = self.server(lambda handler: droplet(handler))
        answer = [None]
        server = self.server(lambda handler: answer[0](handler))
        url = server.url + "/metadata/v1.json"
        whole = json.dumps({"droplet_id": 7, "region": "lon1"}).encode()

        def drip(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            for _ in range(100):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.1)

        troubles = [
            (lambda h: h.say(401, b""), url + ": it answered 401"),
            (lambda h: h.say(404, b"not found"), url + ": it answered 404"),
            (lambda h: h.say(503, b""), url + ": it answered 503"),
            (lambda h: h.say(302, b"", headers=[("Location", trap.url + "/metadata/v1.json")]),
             url + ": it answered 302, a redirect, which is not followed"),
            (lambda h: h.say(200, b"<!doctype html><p>Please log in"), url + ": that is no JSON object"),
            (lambda h: h.say(200, whole[:-5]), url + ": that is no JSON object"),
            (lambda h: (h.say(200, whole, length=4000), setattr(h, "close_connection", True)), url + ": "),
            (lambda h: h.say(200, b" " * 2 * MIB), url + ": "),
            (lambda h: h.say(200, b'{"droplet_id": 7}'), url + ": \"region\" must be"),
            (lambda h: droplet(h, given='{"node": 5}'), url + " (\"user_data\"):1:10: \"node\" must be a text"),
            (drip, "no answer within 5000 ms"),
        ]
        for trouble, why in troubles:
            with self.subTest(why):
                answer[0] = trouble
                agent = self.agent("digitalocean", server.url)
                self.waits(agent, why)
                answer[0] = droplet
                self.works(agent)
                self.assertEqual(agent.stop(), 0)
        self.assertEqual(trap.asked, [])

    def test_the_page_is_on_loopback_alone_until_its_token_is_there(self):
        answer = [lambda handler: handler.say(503, b"")]
        server = self.server(lambda handler: answer[0](handler))
        agent = self.agent("digitalocean", server.url, listen="0.0.0.0")
        self.waits(agent)

        def reached(address):
            try:
                with contextlib.closing(http.client.HTTPConnection(address, self.port, timeout=2)) as connection:
                    connection.request("GET", "/livez", headers={"Authorization": f"Bearer {TOKEN}"})
                    return connection.getresponse().status
            except OSError:
                return None
        self.assertIsNone(reached("127.0.0.2"))
        answer[0] = droplet
        self.works(agent)
        self.assertEqual(reached("127.0.0.2"), 200)

    def test_signals_find_an_agent_that_waits(self):
        server = self.server(lambda handler: handler.say(503, b""))
        agent = self.agent("digitalocean", server.url)
        agent.process.send_signal(signal.SIGHUP)
        self.assertTrue(agent.heard("the configuration is read when metadata is there"))
        self.waits(agent)
        self.assertEqual(agent.stop(), 0)


class Clone(MetadataCase):
    """Disks are cloned: the instance's id says that this is another server."""

    def test_another_instance_id_makes_another_key_and_the_same_keeps_it(self):
        coordinator = {"endpoint": f"tcp://127.0.0.1:{beside.free_port()}", "public_key": KEY}
        number = [7]
        server = self.server(lambda handler: droplet(
            handler, number[0], user_data(f"n-{number[0]}", coordinators=[coordinator])))
        keys = []
        for instance in (7, 7, 8):
            number[0] = instance
            agent = self.agent("digitalocean", server.url, access_log=self.path("access.log"),
                               hooks={"reopen_logs": ["true"]})
            self.assertEqual(self.works(agent)["node"], f"n-{instance}")
            lines = pathlib.Path(self.path("state"), "curve.key").read_text().splitlines()
            keys.append([line for line in lines if line.startswith(("public ", "secret "))])
            self.assertEqual(agent.stop(), 0)
        self.assertEqual([len(key) for key in keys], [2, 2, 2])
        self.assertEqual(keys[0], keys[1])
        self.assertNotEqual(keys[0][0], keys[2][0])


if __name__ == "__main__":
    beside.AGENT = os.path.abspath(sys.argv.pop(1))
    stalls.main()
