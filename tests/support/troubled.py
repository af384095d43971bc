#!/usr/bin/env python3
"""Puts trouble between Edgeherd and a program of its provider `exec`.

usage: troubled.py FILE PROGRAM [ARGUMENT...]

FILE, if it is there, names the trouble of the next call, "CALL TROUBLE [PLACE]"; it is removed once it
has struck, but for sold_out. Troubles: die (before anything is done), lose (done, but never said),
sold_out, throttle, slow (a byte at a time), half (an answer cut short), short (a list without its last server), noise (no JSON),
fail (a good answer, and exit code 3).
"""
import json
import os
import subprocess
import sys
import time


def trouble(path, request):
    try:
        with open(path, encoding="utf-8") as file:
            call, what, *place = file.read().split()
    except FileNotFoundError:
        return None
    if call != request["call"] or (place and request["server"]["place"] != place[0]):
        return None
    if what != "sold_out":
        os.remove(path)
    return what


def main():
    text = sys.stdin.read()
    what = trouble(sys.argv[1], json.loads(text))
    if what == "die":
        sys.exit("the cloud is away")
    if what == "sold_out":
        print(json.dumps({"error": {"code": "out_of_stock", "message": "no such size is left there"}}))
        return
    if what == "throttle":
        print(json.dumps({"error": {"code": "throttled", "message": "429: try again later"}}))
        return
    if what == "noise":
        print("Traceback (most recent call last): ...")
        return
    done = subprocess.run(sys.argv[2:], input=text, capture_output=True, text=True, check=True)
    if what == "lose":
        time.sleep(60)
    if what == "slow":
        for character in done.stdout:
            print(character, end="", flush=True)
            time.sleep(0.1)
        return
    if what == "half":
        sys.stdout.write(done.stdout[:len(done.stdout) // 2])
        return
    answer = json.loads(done.stdout)
    if what == "short":
        answer["servers"].pop()
    print(json.dumps(answer))
    if what == "fail":
        sys.exit(3)


main()
