"""Looks at the fleet from outside, twenty times a second: the provider's directories, the zone file.

It believes no word of the coordinator. What it must never see is written down as a problem at once.
"""
import contextlib
import json
import re
import threading
import time

LOOK_EVERY_S = 0.05


class Watch:
    def __init__(self, local, zone_file, name, ttl_s):
        self.local, self.zone_file, self.ttl_s = local, zone_file, ttl_s
        self.record = re.compile(rf"^{re.escape(name)}\. .* A ([0-9.]+)", re.MULTILINE)
        self.vms = {}        # id -> its vm.json, of all that were ever there
        self.living = set()  # ids
        self.destroyed = []  # (when, id)
        self.named = {}      # address -> when it was last in the name
        self.in_name = set()  # what the name gives
        self.left = []       # (when, address): withdrawn from the name
        self.problems = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.look_on, daemon=True)
        self.thread.start()

    def close(self):
        self.ending.set()
        self.thread.join()

    def look_on(self):
        while not self.ending.wait(LOOK_EVERY_S):
            # The name first: a VM that goes between the two looks had no name for long.
            names = self.look_at_names()
            vms = self.look_at_vms()
            if names is not None:
                self.judge_names(names, vms)

    def complain(self, text):
        if text not in self.problems:
            self.problems.append(text)

    def look_at_names(self):
        with contextlib.suppress(FileNotFoundError):
            return set(self.record.findall(self.zone_file.read_text()))
        return None

    def look_at_vms(self):
        found = {}
        for disk in self.local.glob("nodes/vm-*"):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                found[disk.name] = json.loads((disk / "vm.json").read_text())
        nodes = [vm["node"] for vm in found.values()]
        for node in {n for n in nodes if nodes.count(n) > 1}:
            self.complain(f"{node} has more than one VM")
        for vm in self.living - set(found):
            self.destroyed.append((time.monotonic(), vm))
            address = self.vms[vm]["address"]
            if time.monotonic() - self.named.get(address, -1e9) < self.ttl_s * 0.9:
                self.complain(f"{vm} ({address}) was destroyed before the TTL of its name was over")
        self.vms.update(found)
        self.living = set(found)
        return found

    def judge_names(self, names, vms):
        now = time.monotonic()
        addresses = {vm["address"] for vm in vms.values()}
        for address in names - addresses:
            self.complain(f"the name gives {address}, which is no living VM's")
        self.left += [(now, address) for address in self.in_name - names]
        self.named.update({address: now for address in names})
        self.in_name = names

    def most_left_within(self, seconds):
        times = [when for when, _ in self.left]
        return max((sum(1 for t in times if 0 <= t - start < seconds) for start in times), default=0)

    def destroyed_nodes(self):
        return [self.vms[vm]["node"] for _, vm in self.destroyed]
