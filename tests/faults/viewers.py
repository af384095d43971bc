#!/usr/bin/env python3
"""Viewers: they know nothing but the zone's name, and remember every answer that they got.

usage: viewers.py ZONE_FILE NAME PORT PER_S SECONDS FIRST REPORT
Each request carries a number of its own, from FIRST on, so that its line in an access log can be found. The name is
looked up again each time its TTL (1 s) is over, as a resolver would. The report is written at the end
and at SIGTERM: a JSON list of [number, address, sent, answered or null, complaint or null], times of
the machine's monotonic clock.
"""
import asyncio
import json
import pathlib
import re
import signal
import sys
import time

PATIENCE_S = 5
TTL_S = 1.0
MOST_AT_ONCE = 200


async def ask(address, port, number):
    reader, writer = await asyncio.open_connection(address, port)
    try:
        writer.write(f"GET /1k.ts?v={number} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read(-1)
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise OSError(f"answered {head[:60]!r}")
    if len(body) != 1024:
        raise OSError(f"{len(body)} bytes instead of 1024")


async def one(report, address, port, number):
    sent, answered, complaint = time.monotonic(), None, None
    try:
        await asyncio.wait_for(ask(address, port, number), PATIENCE_S)
        answered = time.monotonic()
    except (OSError, asyncio.TimeoutError) as error:
        complaint = f"{type(error).__name__}: {error}"
    report.append([number, address, sent, answered, complaint])


def resolve(zone_file, name):
    zone = pathlib.Path(zone_file)
    text = zone.read_text() if zone.exists() else ""  # before the first name is written
    return sorted(re.findall(rf"^{re.escape(name)}\. .* A ([0-9.]+)", text, re.MULTILINE))


async def main():
    zone_file, name, port, per_s, seconds, first, report_file = sys.argv[1:]
    report, running, stop = [], set(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    end = time.monotonic() + min(float(seconds), 3600)
    looked, addresses, number = -1e9, [], int(first)
    while time.monotonic() < end and not stop.is_set():
        if time.monotonic() - looked > TTL_S:
            looked, addresses = time.monotonic(), resolve(zone_file, name)
        if not addresses:
            report.append([number, None, time.monotonic(), None, "the name gives no address"])
        elif len(running) < MOST_AT_ONCE:
            task = asyncio.create_task(one(report, addresses[number % len(addresses)], int(port), number))
            running.add(task)
            task.add_done_callback(running.discard)
        number += 1
        await asyncio.sleep(1 / float(per_s))
    if running:
        await asyncio.wait(running)
    pathlib.Path(report_file).write_text(json.dumps(report))


asyncio.run(main())
