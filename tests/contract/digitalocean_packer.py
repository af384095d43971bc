#!/usr/bin/env python3
"""Packer makes a snapshot at the fake of Digital Ocean: a client that we did not write believes in it.

usage: digitalocean_run.sh strict digitalocean_packer.py
Exit: 0 when the snapshot is there and nothing else is left, 1 with what is wrong, 77 without Packer.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

TOKEN = "test-packer"
LIMIT_S = 120
BUILDER = {
    "type": "digitalocean", "api_token": TOKEN, "image": "debian-12-x64", "region": "lon1", "size": "s-1vcpu-1gb",
    "communicator": "none", "snapshot_name": "edge-2", "state_timeout": "30s",
}


def state_of(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/fake/{TOKEN}/state", timeout=10) as answer:
        return json.load(answer)


def main():
    packer = shutil.which("packer")
    if packer is None:
        print("packer is not installed (packaging/install-deps.sh --tests)", file=sys.stderr)
        return 77
    fake, api = os.environ["EDGEHERD_TEST_DIGITALOCEAN"].split()
    with tempfile.TemporaryDirectory() as directory:
        template = pathlib.Path(directory, "edge.json")
        template.write_text(json.dumps({"builders": [{**BUILDER, "api_url": f"http://127.0.0.1:{api}"}]}))
        environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "PACKER_CONFIG_DIR": directory, "HOME": directory,
                       "PACKER_CACHE_DIR": directory}
        built = subprocess.run([packer, "build", "-color=false", str(template)], cwd=directory, env=environment,
                               capture_output=True, text=True, timeout=LIMIT_S)
    state = state_of(fake)
    wrong = [] if built.returncode == 0 else [f"packer: exit code {built.returncode}"]
    if [image["name"] for image in state["images"]] != ["edge-1", "edge-2"]:
        wrong.append(f"the images are {state['images']}")
    for kind in ("droplets", "keys"):
        if state[kind]:
            wrong.append(f"{kind} are left: {state[kind]}")
    if wrong:
        print("\n".join([*wrong, *state["requests"], built.stdout, built.stderr]))
        return 1
    print(f"{len(state['requests'])} requests, one snapshot")
    return 0


if __name__ == "__main__":
    sys.exit(main())
