#!/usr/bin/env python3
"""Writes a scenario of a fleet over two accounts, at Digital Ocean and in EC2, with their real APIs' limits.

usage: two_clouds.py [--servers N] [--length DURATION] [--storm N] [--outage] [--launches N] > two_clouds.json

The servers are spread over 30 regions, ten of them Digital Ocean's. The length is an hour at least. In the second half of the first hour traffic
grows everywhere at once, so that about N more servers are wanted: a storm of launches, in the midst of which the
coordinator is killed. With --outage neither API answers in the last hour, and traffic grows once more while it lasts.
--launches is what each account's budget allows in a minute.
Played by: edgeherd simulate --scenario two_clouds.json --history two_clouds.history
"""
import argparse
import json
import re
import sys

DROPLETS = ("ams3", "atl1", "blr1", "fra1", "lon1", "nyc3", "sfo3", "sgp1", "syd1", "tor1")
ZONES = ("af-south-1a", "ap-east-1a", "ap-northeast-1a", "ap-northeast-2a", "ap-south-1a", "ap-southeast-1a",
         "ap-southeast-2a", "ap-southeast-3a", "ca-central-1a", "eu-central-1a", "eu-north-1a", "eu-south-1a",
         "eu-west-1a", "eu-west-2a", "eu-west-3a", "me-south-1a", "sa-east-1a", "us-east-1a", "us-east-2a",
         "us-west-2a")
NODE_RPS = 100
TARGET = 0.7  # of what a server can answer
SURGE = 5     # times its traffic is what a load_surge of strength 1 adds
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400}
HOUR_S = 3600


def zone(provider, place, servers, storm):
    return {"id": f"{provider}/{place}", "provider": provider, "region": place,
            "min_servers": max(1, round(servers * 0.5)), "max_servers": round(servers * 2 + storm),
            "mean_rps": round(servers * NODE_RPS * TARGET), "daily_swing": 0.1, "noise": 0.02}


def seconds(text):
    """Of a duration as scenarios have it: "1h30m"."""
    parts = re.findall(r"([\d.]+)(ns|us|ms|s|m|h|d)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise argparse.ArgumentTypeError(f'"{text}" is not a duration such as "1h30m"')
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def length_of(text):
    if seconds(text) < HOUR_S:
        raise argparse.ArgumentTypeError(f"must be an hour at least, in which the storm is, not {text}")
    return text


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--servers", type=int, default=1000)
    arguments.add_argument("--length", type=length_of, default="168h")
    arguments.add_argument("--storm", type=int, default=300)
    arguments.add_argument("--outage", action="store_true")
    arguments.add_argument("--launches", type=int, default=60)
    options = arguments.parse_args()
    if options.servers < 1:
        arguments.error("argument --servers: must be one at least")
    if not 0 <= options.storm <= SURGE * options.servers:
        arguments.error(f"argument --storm: must be from 0 to {SURGE} times the servers, not {options.storm}")
    places = [("ocean", place) for place in DROPLETS] + [("amazon", place) for place in ZONES]
    each = options.servers / len(places)
    more = options.storm / len(places)
    zones = [zone(provider, place, each, more) for provider, place in places]
    strength = (options.storm / options.servers) / SURGE
    surge = {"kind": "load_surge", "lasts": "30m", "strength": round(strength, 4)}
    faults = [{**surge, "at": "30m", "pick": index} for index in range(len(zones))]
    faults.append({"kind": "brain_crash", "at": "31m", "lasts": "3s"})
    length = options.length
    if options.outage:
        length = "3h"
        faults += [{"kind": "cloud_down", "at": "2h", "lasts": "1h", "pick": pick} for pick in (0, 1)]
        faults += [{**surge, "at": "2h10m", "lasts": "50m", "pick": index} for index in range(len(zones))]
    json.dump({"seed": 1, "length": length, "convergence": "45m", "node_rps": NODE_RPS,
               "sample_period": "10s", "heartbeat": "20s",  # requests to the clouds do not depend on them
               "least_boot": "20s", "most_boot": "90s",
               "launches_per_minute": options.launches,
               "fleet_ceiling": max(2 * options.servers + options.storm, sum(one["min_servers"] for one in zones)),
               "zones": zones, "apis": {"ocean": "digitalocean", "amazon": "aws"}, "faults": faults},
              sys.stdout, indent=1)


if __name__ == "__main__":
    main()
