"""Fake clouds whose servers are real: whatever they are asked for runs on this machine, and asks a metadata service.

A cloud keeps its own books (the fake of Digital Ocean; moto behind its proxy). `Machines` looks at them again and
again: for each server that has come up it starts an nginx and an agent at that server's loopback address, whose
metadata service says what the cloud was given; one that is rebooted is started anew on the disk that it has; for
each that is gone it pulls the plug.
"""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import fleet
from fleet import IMAGES, lines, merged

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))
import aws_metadata  # noqa: E402

LOOK_EVERY_S = 0.05
IMAGE = IMAGES / "v1"
DNS_NAME = "lon1.edge.example.org"


def ask(url, body=None, method=None, token=None):
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(url, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


class DigitalOcean:
    provider, place = "digitalocean", "lon1"

    def __init__(self, network, boot_s):
        self.work = tempfile.mkdtemp(prefix="edgeherd-do-")
        port = pathlib.Path(self.work, "port")
        self.process = subprocess.Popen([SUPPORT / "fake_digitalocean.py", port])
        while not port.exists():
            if self.process.poll() is not None:
                raise AssertionError("the fake of Digital Ocean did not come up")
            time.sleep(LOOK_EVERY_S)
        self.url = f"http://127.0.0.1:{port.read_text()}"
        self.control = self.url + "/fake/test-trial"
        self.token = pathlib.Path(self.work, "token")
        self.token.write_text("test-trial\n")
        self.token.chmod(0o600)
        self.set({"network": network, "boot_delay": boot_s, "per_minute": 3000, "per_hour": 100000})

    def set(self, what):
        ask(self.control + "/set", json.dumps(what).encode())

    def account(self):
        return {"image_id": "1001", "size": "s-1vcpu-1gb",
                "options": {"token_file": str(self.token), "api_url": self.url, "settle": "1s",
                            "calls_per_minute": 3000, "calls_per_hour": 100000}}

    def servers(self):
        """id -> (address, node, how often it was booted) of those that run."""
        droplets = json.loads(ask(self.control + "/state"))["droplets"]
        return {str(one["id"]): (one["_networks"][0]["ip_address"], self.node(one), one["_boots"])
                for one in droplets if one["status"] == "active"}

    def make_by_hand(self):
        """A server that somebody else makes, with the cloud's own tools: its id."""
        return str(self.api("droplets", {"name": "by-hand", "region": self.place, "size": "s-1vcpu-1gb",
                                         "image": 1001})["droplet"]["id"])

    def tag_by_hand(self, server, fleet_id):
        self.api("tags", {"name": f"edgeherd-fleet:{fleet_id}"})
        self.api(f"tags/edgeherd-fleet:{fleet_id}/resources",
                 {"resources": [{"resource_id": server, "resource_type": "droplet"}]})

    def api(self, path, body):
        said = ask(f"{self.url}/v2/{path}", json.dumps(body).encode(), token="test-trial")
        return json.loads(said or "{}")

    @staticmethod
    def node(droplet):
        return next((tag.split(":", 1)[1] for tag in droplet["tags"] if tag.startswith("edgeherd-node:")), None)

    def made_at(self, server):
        """By the wall clock."""
        droplets = json.loads(ask(self.control + "/state"))["droplets"]
        return next(one["_made"] for one in droplets if str(one["id"]) == server)

    def metadata(self, server):
        """What an agent there is told of its metadata service, and how to end that."""
        port = json.loads(ask(f"{self.control}/metadata/{server}"))["port"]
        return f"http://127.0.0.1:{port}", lambda: None

    def away(self, yes):
        self.set({"away": yes})

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.work, ignore_errors=True)


class Aws:
    provider, place, region = "aws", "us-east-1a", "us-east-1"

    def __init__(self, network, boot_s):
        self.boot_s = boot_s
        self.work = tempfile.mkdtemp(prefix="edgeherd-aws-")
        self.seen, self.given, self.books = {}, {}, None
        self.one_at_once = threading.Lock()
        try:
            self.open_account(network)
        except BaseException:
            self.stop()
            raise

    def open_account(self, network):
        moto = SUPPORT / "moto.sh"
        python = subprocess.run([moto, "python"], capture_output=True, text=True, check=True).stdout.strip()
        self.url = subprocess.run([moto, "start", f"{self.work}/moto"], capture_output=True, text=True,
                                  check=True).stdout.strip()
        key, secret, self.image, _ = ask(self.url + "/proxy/reset", b"").split()
        self.credentials = pathlib.Path(self.work, "credentials")
        self.credentials.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
        self.credentials.chmod(0o600)
        self.books = subprocess.Popen(
            [python, SUPPORT / "ec2_account.py", self.url, key, secret, network + "/16", self.place],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.subnet = self.books.stdout.readline().strip()

    def account(self):
        return {"image_id": self.image, "size": "c7g.large",
                "options": {"credentials": "file", "credentials_file": str(self.credentials), "address": "private",
                            "regions": {self.region: {"endpoint": self.url, "subnets": {self.place: self.subnet}}}}}

    def order(self, **what):
        """Of both threads of a test: the one that looks, the one that acts."""
        with self.one_at_once:
            self.books.stdin.write(json.dumps(what) + "\n")
            self.books.stdin.flush()
            return json.loads(self.books.stdout.readline())

    def make_by_hand(self):
        """A server that somebody else makes, with the cloud's own tools: its id."""
        return self.order(run={"ImageId": self.image, "InstanceType": "c7g.large"})

    def tag_by_hand(self, server, fleet_id):
        self.order(tag=server, tags={"edgeherd:fleet": fleet_id})

    def servers(self):
        running = {name: one for name, one in self.order().items() if one["state"] == "running"}
        now = time.monotonic()
        for name, one in running.items():
            self.seen.setdefault(name, now)
            self.given[name] = one
        return {name: (one["address"], one["tags"].get("edgeherd:node"), 1) for name, one in running.items()
                if now >= self.seen[name] + self.boot_s}

    def made_at(self, server):
        """By the wall clock, or a look later."""
        return self.seen[server] + time.time() - time.monotonic()

    def metadata(self, server):
        one = self.given[server]
        service = aws_metadata.Service(server, self.region, one["zone"], one["user_data"].encode())
        return f"http://127.0.0.1:{service.port}", service.stop

    def stop(self):
        if self.books is not None:
            self.books.stdin.close()
            self.books.wait()
            self.books.stdout.close()
        subprocess.run([SUPPORT / "moto.sh", "stop", f"{self.work}/moto"], check=True)
        shutil.rmtree(self.work, ignore_errors=True)


class Machine:
    """One server: its disk, its nginx, its agent.

    One that was made by hand is called what its adoption will call it, and has no agent until it is given one.
    """

    def __init__(self, disk, address, node, cloud, server):
        self.disk, self.node, self.address, self.boots = disk, node or f"{cloud.provider}-{server}", address, 1
        self.server = server
        self.agent = [fleet.BINARIES / "edgeherd-agent", "--config", disk / "agent.json"] if node else None
        disk.mkdir(parents=True)
        (disk / "nothing.json").write_text("{}")
        self.environment = {**os.environ, "EDGEHERD_VM": server, "EDGEHERD_NODE_DIR": str(disk),
                            "EDGEHERD_ADDRESS": address, "EDGEHERD_IMAGE_DIR": str(IMAGE), "EDGEHERD_AGENT": "",
                            "EDGEHERD_USER_DATA": str(disk / "nothing.json")}
        url, self.end_metadata = cloud.metadata(server)
        image = (IMAGE / "agent.json").read_text().replace("${node_dir}", str(disk)).replace("${address}", address)
        asks = f'"metadata": "{cloud.provider}", "metadata_url": "{url}", "image_version"'
        (disk / "agent.json").write_text(image.replace('"image_version"', asks, 1))
        self.programs = []
        self.power_on()

    def power_on(self):
        self.started = time.monotonic()
        self.programs = [self.run(command) for command in ([IMAGE / "boot.sh"], self.agent) if command]

    def run(self, command):
        with open(self.disk / "console", "ab") as console:
            return subprocess.Popen(command, cwd=self.disk, env=self.environment, stdout=console,
                                    stderr=subprocess.STDOUT, start_new_session=True)

    def install_agent(self, user_data):
        """As an operator does, on a server that runs."""
        (self.disk / "user-data.json").write_text(user_data)
        self.agent = [fleet.BINARIES / "edgeherd-agent", "--config", self.disk / "agent.json",
                      "--user-data", self.disk / "user-data.json"]
        self.programs.append(self.run(self.agent))

    def power_off(self):
        lines.stop_nodes(self.disk)
        for program in self.programs:
            program.wait()

    def unplug(self):
        self.power_off()
        self.end_metadata()


class Machines:
    def __init__(self, work, cloud, guest_s):
        """`guest_s`: from when the cloud calls a server running until anything of ours runs on it."""
        self.work, self.cloud, self.guest_s = work, cloud, guest_s
        self.running, self.ended, self.booting, self.trouble = {}, {}, {}, None
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        try:
            while not self.stopping.wait(LOOK_EVERY_S):
                there = self.cloud.servers()
                now = time.monotonic()
                for server, (address, node, boots) in there.items():
                    if now < self.booting.setdefault(server, now) + self.guest_s:
                        continue
                    if server not in self.running:
                        self.running[server] = Machine(self.work / server, address, node, self.cloud, server)
                    machine = self.running[server]
                    if boots != machine.boots:
                        machine.power_off()
                        machine.power_on()
                        machine.boots = boots
                for server in set(self.running) - set(there):
                    machine = self.ended[server] = self.running.pop(server)
                    machine.unplug()
        except Exception as error:  # pylint: disable=broad-except
            self.trouble = error  # directories() raises it

    def pull_the_plug(self, node):
        """The server of a node dies; its cloud does not notice."""
        lines.stop_nodes(next(machine.disk for machine in self.running.values() if machine.node == node))

    def addresses(self):
        return {machine.address for machine in list(self.running.values())}

    def stop(self):
        self.stopping.set()
        self.thread.join()
        for machine in self.running.values():
            machine.unplug()


class CloudFleet(fleet.Fleet):
    """A coordinator whose one account is at a fake cloud; names in BIND, logs in S3."""

    def __init__(self, kind, least, most, server, store=None, coordinator=None, boot_s=0.3, guest_s=0):
        """Without a store the logs go to a directory."""
        self.lay_out()
        self.server = server
        self.prepare(least, most, merged({
            "archive": store.settings(self.work) if store else {"url": f"file://{self.archive}"},
            "dns": {"type": "rfc2136", "zone": "edge.example.org", "server": "127.0.0.1", "port": server.port,
                    "key_file": f"{server.place}/key", "timeout": "1s"}}, coordinator or {}))
        self.cloud = kind(self.addresses.split("/")[0], boot_s)
        self.provider, self.zone = kind.provider, f"{kind.provider}/{kind.place}"
        self.account = merged(
            {key: value for key, value in fleet.LOCAL.items() if key not in ("type", "image_id")},
            {**self.cloud.account(), "regions": {"lon": {"zones": {kind.place: {
                "min_servers": least, "max_servers": most, "dns_name": DNS_NAME}}}}})
        self.write_configuration()
        self.machines = Machines(self.local, self.cloud, guest_s)

    def directories(self):
        """The disk of every node's server. At each look: no node has two, no name leads where no server is."""
        if self.machines.trouble:
            raise self.machines.trouble
        astray = self.server.dig(DNS_NAME) - self.machines.addresses()
        if astray:
            raise AssertionError(f"{DNS_NAME} leads to {astray}, where no server is")
        found = {}
        for machine in list(self.machines.running.values()):
            if machine.node in found:
                raise AssertionError(f"{machine.node} has two servers: {found[machine.node]} and {machine.disk}")
            found[machine.node] = machine.disk
        return found

    def named(self):
        addresses = {n["address"]: i for i, n in self.nodes().items()}
        return {addresses.get(address, address) for address in self.server.dig(DNS_NAME)}

    def grow(self, least):
        """A new minimum of the zone."""
        self.account["regions"]["lon"]["zones"][self.cloud.place]["min_servers"] = least
        self.write_configuration()
        self.must("config", "reload")

    def servers_made(self):
        return len(self.machines.running) + len(self.machines.ended)

    def close(self):
        for program in [self.program, *self.others]:
            if program is not None and program.poll() is None:
                program.kill()
                program.wait()
        self.machines.stop()
        self.cloud.stop()
        with contextlib.suppress(OSError):
            super().close()
