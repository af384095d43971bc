#!/usr/bin/env python3
"""A whole provider for Edgeherd's type `exec`, to start your own from: docs/providers/exec.md.

Its cloud is one JSON file. Replace the five functions by calls of your cloud; keep what they promise.

usage: exec-provider.py FILE      a request on standard input, the answer on standard output
"""
import contextlib
import datetime
import fcntl
import json
import sys


class Failed(Exception):
    """code: not_found, conflict, invalid, refused, throttled, out_of_stock, unavailable or timeout."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


@contextlib.contextmanager
def cloud(path):
    """The cloud's servers, locked: several calls run at once."""
    with open(path, "a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        state = json.loads(file.read() or '{"last": 0, "servers": []}')
        yield state
        file.seek(0)
        file.truncate()
        json.dump(state, file)


def create(state, server):
    # The same node again is the same server. A cloud that cannot tell makes another one with the same
    # `node`: Edgeherd finds the double in the list and ends the younger.
    for known in state["servers"]:
        if known["node"] == server["node"]:
            return {"server": known}
    state["last"] += 1
    made = {
        "id": f"server-{state['last']}", "node": server["node"], "fleet": server["fleet"],
        "place": server["place"], "image": server["image"], "power": "running",
        "address": f"127.80.{state['last'] // 250}.{state['last'] % 250 + 1}",
        "created": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    state["servers"].append(made)
    return {"server": made}


def find(state, wanted):
    for known in state["servers"]:
        if known["id"] == wanted:
            return known
    raise Failed("not_found", f"there is no server \"{wanted}\"")


def destroy(state, wanted):
    state["servers"].remove(find(state, wanted))
    return {"done": True}


def reboot(state, wanted):
    find(state, wanted)
    return {"done": True}


def servers(state):
    # Every page of the account, or an error: never a part. `total` is what the cloud itself counts.
    return {"total": len(state["servers"]), "servers": state["servers"]}


def images(_):
    return {"images": [{"id": "v1", "name": "the first version", "created": "2026-01-02T03:04:05Z"}]}


def answer(path, request):
    if request.get("schema") != 1:
        raise Failed("invalid", f"schema {request.get('schema')} is not known here")
    call = request["call"]
    with cloud(path) as state:
        if call == "create":
            return create(state, request["server"])
        if call == "destroy":
            return destroy(state, request["id"])
        if call == "reboot":
            return reboot(state, request["id"])
        if call == "list":
            return servers(state)
        if call == "images":
            return images(state)
    raise Failed("invalid", f"the call \"{call}\" is not known here")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        print(json.dumps(answer(sys.argv[1], json.load(sys.stdin))))
    except Failed as failed:
        print(json.dumps({"error": {"code": failed.code, "message": str(failed)}}))


if __name__ == "__main__":
    main()
