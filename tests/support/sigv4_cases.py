#!/usr/bin/env python3
"""Prints requests and the signatures that botocore gives them, drawn at random from a fixed seed.

One JSON object a line: method, path, query, headers, body, service, region, key, secret, token,
time (Unix seconds), signature. Needs botocore.
"""
import datetime
import json
import random
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CASES = 200
LETTERS = "abcXYZ019-_.~ /+=&%:@!*'()\u00e9\u1234\U0001f600"
chance = random.Random(20261125)


def word(most, letters=LETTERS):
    return "".join(chance.choice(letters) for _ in range(chance.randint(1, most)))


def case():
    service = chance.choice(["ec2", "route53", "s3"])
    # Segments that are a dot, two or none are tested with AWS's own vectors.
    segments = ["s" + word(8).replace("/", "") for _ in range(chance.randint(0, 3))]
    one = {"method": chance.choice(["GET", "POST", "DELETE"]), "path": "/" + "/".join(segments),
           "query": [[f"{word(5)}{number}", word(9)] for number in range(chance.randint(0, 4))],
           "headers": [["Host", "service.example.test:8443"]], "body": word(60), "service": service,
           "region": chance.choice(["us-east-1", "eu-central-1"]), "key": "AKIA" + word(12, "ABC123"),
           "secret": word(40, "abcXYZ019/+="), "token": word(60, "abcXYZ019/+=") if chance.random() < 0.5 else "",
           "time": chance.randint(1_500_000_000, 1_900_000_000)}
    if chance.random() < 0.5:
        one["headers"].append(["Content-Type", "application/x-www-form-urlencoded; charset=utf-8"])
    return one


def signature(one):
    now = datetime.datetime.fromtimestamp(one["time"], datetime.timezone.utc)
    path = urllib.parse.quote(one["path"], safe="/-_.~")
    query = urllib.parse.urlencode([tuple(pair) for pair in one["query"]], quote_via=urllib.parse.quote, safe="-_.~")
    url = "https://service.example.test:8443" + path + ("?" + query if query else "")
    request = AWSRequest(method=one["method"], url=url, data=one["body"].encode(), headers=dict(one["headers"]))
    credentials = Credentials(one["key"], one["secret"], one["token"] or None)
    signer = {"s3": botocore.auth.S3SigV4Auth}.get(one["service"], botocore.auth.SigV4Auth)
    # It asks for the time by this name; there is no other way to tell it.
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: now.replace(tzinfo=None) if remove_tzinfo else now
    signer(credentials, one["service"], one["region"]).add_auth(request)
    return request.headers["Authorization"].rsplit("=", 1)[1]


for _ in range(CASES):
    drawn = case()
    print(json.dumps({**drawn, "signature": signature(drawn)}))
