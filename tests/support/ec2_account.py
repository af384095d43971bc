#!/usr/bin/env python3
"""Another user of moto's account, by AWS's own library: makes a network, and tells of each instance.

usage: ec2_account.py ENDPOINT KEY SECRET NETWORK ZONE      (with moto's python, see moto.sh)
Prints the subnet that it makes for NETWORK in ZONE; then, for each line of JSON on standard input, one line of JSON:
  {}                               what instances there are: {id: {"address", "state", "zone", "tags", "user_data"}}
  {"run": {..}}                    runs an instance in that subnet, with RunInstances' own parameters; its id
  {"tag": id, "tags": {name: v}}   tags what exists (CreateTags): {}
"""
import base64
import json
import sys

import boto3

endpoint, key, secret, network, zone = sys.argv[1:]
ec2 = boto3.client("ec2", region_name=zone[:-1], endpoint_url=endpoint, aws_access_key_id=key,
                   aws_secret_access_key=secret)
given = {}  # instance -> its user data, which never changes


def user_data(instance):
    if instance not in given:
        found = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")["UserData"]
        given[instance] = base64.b64decode(found.get("Value", "")).decode()
    return given[instance]


vpc = ec2.create_vpc(CidrBlock=network)["Vpc"]["VpcId"]
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=network, AvailabilityZone=zone)["Subnet"]["SubnetId"]
print(subnet, flush=True)


def run(parameters):
    return ec2.run_instances(MinCount=1, MaxCount=1, SubnetId=subnet, **parameters)["Instances"][0]["InstanceId"]


def tag(instance, tags):
    ec2.create_tags(Resources=[instance], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    return {}


def all_instances():
    instances = {}
    for page in ec2.get_paginator("describe_instances").paginate():
        for reservation in page["Reservations"]:
            for one in reservation["Instances"]:
                instances[one["InstanceId"]] = {
                    "address": one.get("PrivateIpAddress", ""), "state": one["State"]["Name"],
                    "zone": one["Placement"]["AvailabilityZone"], "user_data": user_data(one["InstanceId"]),
                    "tags": {one_tag["Key"]: one_tag["Value"] for one_tag in one.get("Tags", [])}}
    return instances


for line in sys.stdin:
    asked = json.loads(line)
    if "run" in asked:
        answer = run(asked["run"])
    elif "tag" in asked:
        answer = tag(asked["tag"], asked["tags"])
    else:
        answer = all_instances()
    print(json.dumps(answer), flush=True)
