#!/usr/bin/env python3
"""Packer's amazon-ebs makes an image at moto, behind ec2_proxy.py: a client that we did not write, with the same set-up
as the provider's contract test, signatures checked. The image carries the tag by which `aws` finds it.

usage: aws_run.sh aws_packer.py
Exit: 0 when the image is there and no server is left, 1 with what is wrong, 77 without Packer.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

LIMIT_S = 240
BUILDER = {
    "type": "amazon-ebs", "region": "us-east-1", "instance_type": "t3.micro", "ami_name": "edge-2",
    "communicator": "none", "tags": {"edgeherd:image": "edge"}, "skip_region_validation": True,
    "aws_polling": {"delay_seconds": 1, "max_attempts": 30},
    "source_ami_filter": {"filters": {"root-device-type": "ebs", "virtualization-type": "hvm"}, "owners": ["amazon"],
                          "most_recent": True},
}


def control(url, what):
    request = urllib.request.Request(f"{url}/proxy/{what}", data=b"", method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def main():
    packer = shutil.which("packer")
    if packer is None:
        print("packer is not installed (packaging/install-deps.sh --tests)", file=sys.stderr)
        return 77
    url = os.environ["EDGEHERD_TEST_EC2"]
    key, secret, _image, _zone = control(url, "reset").split()
    builder = {**BUILDER, "access_key": key, "secret_key": secret, "custom_endpoint_ec2": url}
    with tempfile.TemporaryDirectory() as directory:
        template = pathlib.Path(directory, "edge.json")
        template.write_text(json.dumps({"builders": [builder]}))
        environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "PACKER_CONFIG_DIR": directory, "HOME": directory,
                       "PACKER_CACHE_DIR": directory, "AWS_EC2_METADATA_DISABLED": "true"}
        built = subprocess.run([packer, "build", "-color=false", str(template)], cwd=directory, env=environment,
                               capture_output=True, text=True, timeout=LIMIT_S)
    seen = control(url, "seen").split()
    wrong = [] if built.returncode == 0 else [f"packer: exit code {built.returncode}"]
    for action in ("RunInstances", "StopInstances", "CreateImage", "CreateTags", "TerminateInstances"):
        if action not in seen:
            wrong.append(f"{action} was never asked for")
    if "ami-" not in built.stdout:
        wrong.append("packer names no image")
    if wrong:
        print("\n".join([*wrong, " ".join(seen), built.stdout, built.stderr]))
        return 1
    print(f"{len(seen)} calls, one image")
    return 0


if __name__ == "__main__":
    sys.exit(main())
