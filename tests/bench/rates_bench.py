#!/usr/bin/env python3
"""What a large fleet asks of its clouds' APIs, and how soon it is right after an hour without them.

usage: rates_bench.py --bin DIRECTORY [--servers N] [--hours N]

Plays `tests/sim/two_clouds.py` in the simulator: a third of the servers at Digital Ocean, the others in EC2, over 30
regions, with the clouds' real APIs and limits; a request that is refused for its rate breaks the run. First --hours
hours with a storm of launches in the first one, then twice three hours of which the last is without either API while
more servers are wanted. Prints Markdown. A thousand servers take some 45 seconds of a core for each hour.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
HOUR = 3600
NAMES = {"ocean": "Digital Ocean", "amazon": "EC2"}
LIMITS = {"ocean": "250 a minute, 5,000 an hour", "amazon": "a bucket for each action in each region"}
REQUESTS = re.compile(r"requests to (\w+): (\d+) in all, at most (\d+) in a minute and (\d+) in an hour, (\d+) refused")
SERVES = re.compile(r"(\d+):(\d+):([\d.]+) info node_in_service ")


def play(options, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        scenario, history = f"{folder}/two_clouds.json", f"{folder}/history"
        written = subprocess.run([sys.executable, str(HERE.parent / "sim/two_clouds.py"), "--servers",
                                  str(options.servers), "--storm", str(round(options.servers * 0.3)), *arguments],
                                 check=True, capture_output=True).stdout
        pathlib.Path(scenario).write_bytes(written)
        told = subprocess.run([f"{options.bin}/edgeherd", "simulate", "--scenario", scenario, "--history", history,
                               "-o", "json"], check=False, capture_output=True, text=True)
        if told.returncode != 0:
            sys.exit(f"rates_bench.py: the run broke a promise:\n{told.stdout[-2000:]}{told.stderr[-2000:]}")
        result = json.loads(told.stdout)["results"][0]
        result["scenario"] = json.loads(written)
        lines = pathlib.Path(history).read_text(encoding="utf-8").splitlines()
        asked = [match.groups() for match in map(REQUESTS.search, lines) if match]
        serves = [match.groups() for match in map(SERVES.match, lines) if match]
        hours, minutes, seconds = serves[-1]  # the last one
        result["last_serves_s"] = int(hours) * HOUR + int(minutes) * 60 + float(seconds)
        return result, {account: [int(figure) for figure in figures] for account, *figures in asked}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--bin", required=True)
    arguments.add_argument("--servers", type=int, default=1000)
    arguments.add_argument("--hours", type=int, default=6)
    options = arguments.parse_args()

    result, asked = play(options, "--length", f"{options.hours}h")
    hours = result["simulated_s"] / HOUR
    regions = len(result["scenario"]["zones"])
    print(f"{options.servers:,} servers in {regions} regions for {hours:.1f} h, {result['launches']:,} launches, "
          f"{result['removals']:,} removals\n")
    print("| requests | an hour, on average | in the busiest hour | in the busiest minute | refused for their rate "
          "| the cloud's limit |\n|---|---|---|---|---|---|")
    for account, (total, minute, hour, refused) in sorted(asked.items(), reverse=True):
        print(f"| {NAMES[account]} | {total / hours:,.0f} | {hour:,} | {minute:,} | {refused} | {LIMITS[account]} |")

    boots = " to ".join(result["scenario"][key].removesuffix("s") for key in ("least_boot", "most_boot")) + " s"
    print("\nAfter an hour without either API, in which 30 % more servers were wanted; each boots for "
          f"{boots}. No server was made twice and no other promise broken\n")
    print("| launches that an account's budget allows in a minute | requests refused for their rate "
          "| seconds until the last server that is wanted serves | until the fleet is as it should be |\n"
          "|---|---|---|---|")
    for launches in (60, 240):
        result, asked = play(options, "--outage", "--launches", str(launches))
        print(f"| {launches} | {sum(figures[3] for figures in asked.values())} "
              f"| {max(0, result['last_serves_s'] - 3 * HOUR):.0f} | {result['simulated_s'] - 3 * HOUR:.0f} |")


if __name__ == "__main__":
    main()
