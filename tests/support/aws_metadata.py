"""AWS's own imitation of the instance metadata service (version 2 alone), as a process on 127.0.0.1."""
import base64
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "packaging" / "demo"))
from free_port import free_port  # noqa: E402

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build" / "deps" / "aws-metadata" / "ec2-metadata-mock"
READY_S = 15


def available():
    return PROGRAM.exists()


class Service:
    def __init__(self, instance, region, zone, user_data, port=0):
        """`user_data` as the instance was given it, in bytes."""
        self.place = tempfile.TemporaryDirectory(prefix="edgeherd-imds-")
        identity = {"accountId": "123456789012", "imageId": "ami-0b69ea66ff7391e80", "availabilityZone": zone,
                    "version": "2017-09-30", "privateIp": "10.0.7.10", "instanceId": instance, "region": region,
                    "pendingTime": "2026-01-02T03:04:05Z", "architecture": "x86_64", "instanceType": "m4.xlarge"}
        config = pathlib.Path(self.place.name, "config.json")
        config.write_text(json.dumps({
            "dynamic": {"values": {"instance-identity-document": identity}},
            "userdata": {"values": {"userdata": base64.b64encode(user_data).decode()}}}))
        self.port = port or free_port()
        self.log = open(pathlib.Path(self.place.name, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [PROGRAM, "-n", "127.0.0.1", "-p", str(self.port), "-I", "-c", config], cwd=self.place.name,
            env={**os.environ, "HOME": self.place.name}, stdout=self.log, stderr=subprocess.STDOUT)
        end = time.monotonic() + READY_S
        while not self.listens():
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError("the metadata mock did not come up:\n" + self.said())
            time.sleep(0.05)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def said(self):
        self.log.flush()
        return pathlib.Path(self.place.name, "log").read_text(encoding="utf-8")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()
        self.place.cleanup()
