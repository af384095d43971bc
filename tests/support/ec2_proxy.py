#!/usr/bin/env python3
"""Stands between Edgeherd and moto, and adds what a real EC2 does and moto does not.

usage: ec2_proxy.py MOTO    MOTO: where moto listens, "127.0.0.1:5005"; prints its own port

Always there: ClientToken is idempotent (IdempotentParameterMismatch, IdempotentInstanceTerminated); a copied
image has the tags that were asked for; what was ended shuts down for a while; what is stopped is started, and what is
not is rebooted (IncorrectInstanceState); a batch of Route 53 that deletes what is not there just so, or creates what is, is refused as a whole
(InvalidChangeBatch). Everything else passes through as it came; moto verifies the signatures.

POST /proxy/reset            a new, empty account; answers "KEY SECRET IMAGE HOSTED_ZONE"
POST /proxy/seen             answers the actions that were asked for since, one a line
POST /proxy/vanish           body "INSTANCE": somebody else ends it
POST /proxy/stop             body "INSTANCE": somebody else stops it
POST /proxy/arrive           every copy that is on its way arrives
POST /proxy/strike           body "ACTION TROUBLE [ARGUMENT]": it strikes the next such call
  fail | throttle | refuse   an error as EC2 words it; nothing is done
  late | spoilt              of CopyImage: the copy stays pending, until POST /proxy/arrive; or ends as failed
  sold_out ZONE              InsufficientInstanceCapacity there, for good
  lose                       done, but never answered
  stale N                    so many further calls see the account as it was before the last creation
  half                       the answer is cut in its middle
  short                      the connection ends before the announced end of the answer
  slow                       the answer comes a byte at a time
  noise | other              an answer that is no XML, or other XML
  skew                       the peer's clock is 20 minutes ahead, and it minds
Of Route 53 the actions are List and Change; fail, throttle, half, noise and lose are for them, too.
"""
import email.utils
import http.client
import re
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

UNSIGNED = 6  # calls that a new account takes without a signature; see reset()
SKEW_S = 20 * 60
MOST_SKEW_S = 5 * 60
PATIENCE_S = 30
LOST_S = 20  # a lost answer is one that comes too late
SHUTTING_DOWN_S = 2  # in the real one it is minutes

ZONE = (b'<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>edge.example.org.</Name>'
        b"<CallerReference>1</CallerReference></CreateHostedZoneRequest>")

lock = threading.Lock()
troubles = []  # of (action, trouble, argument)
tokens = {}  # ClientToken -> (parameters, answer)
ended = {}  # instance id -> when
stopped = set()  # instance ids
seen = []  # actions
copies = {}  # image id -> the state that it is shown in
stale = {"calls": 0, "page": None, "new": set()}


def error(status, code, message):
    return status, (f'<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>{code}</Code>'
                    f"<Message>{message}</Message></Error></Errors><RequestID>proxy</RequestID></Response>").encode()


def route53_error(status, code, message):
    return status, (f'<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error>'
                    f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>").encode()


def ask_moto(method, path, headers, body):
    connection = http.client.HTTPConnection(moto, timeout=PATIENCE_S)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def unsigned(service, path, kind, body, region="us-east-1"):
    """One of the calls that moto takes without a signature that is right."""
    headers = [("Host", f"{service}.amazonaws.com"), ("Content-Length", str(len(body))), ("Content-Type", kind),
               ("Authorization", f"AWS4-HMAC-SHA256 Credential=none/20260101/{region}/{service}/aws4_request, "
                                 "SignedHeaders=host, Signature=none")]
    status, content = ask_moto("POST", path, headers, body)
    if status not in (200, 201):
        raise RuntimeError(f"{service}: {status} {content[:400]}")
    return content.decode()


def unsigned_action(service, action, region="us-east-1", **parameters):
    body = urllib.parse.urlencode({"Action": action, **parameters}).encode()
    return unsigned(service, "/", "application/x-www-form-urlencoded", body, region)


def first(tag, xml):
    return re.search(f"<{tag}>([^<]*)</{tag}>", xml)[1]


def take_unsigned(calls):
    """So many calls from now on are taken with any signature, then none any more."""
    count = str(calls).encode()
    ask_moto("POST", "/moto-api/reset-auth", [("Host", moto), ("Content-Length", str(len(count)))], count)


def reset():
    plain = [("Host", moto), ("Content-Length", "0")]
    ask_moto("POST", "/moto-api/reset", plain, b"")
    ask_moto("POST", "/moto-api/seed?a=1", plain, b"")
    take_unsigned(UNSIGNED)
    troubles.clear()
    tokens.clear()
    ended.clear()
    stopped.clear()
    copies.clear()
    seen.clear()
    stale.update(calls=0, page=None, new=set())
    unsigned_action("iam", "CreateUser", UserName="edgeherd")
    everything = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    unsigned_action("iam", "PutUserPolicy", UserName="edgeherd", PolicyName="all", PolicyDocument=everything)
    key = unsigned_action("iam", "CreateAccessKey", UserName="edgeherd")
    image = first("imageId", unsigned_action("ec2", "RegisterImage", Name="edge-v1", Version="2016-11-15"))
    unsigned_action("ec2", "CreateTags", Version="2016-11-15",
                    **{"ResourceId.1": image, "Tag.1.Key": "edgeherd:image", "Tag.1.Value": "v1"})
    zone = unsigned("route53", "/2013-04-01/hostedzone", "application/xml", ZONE)
    return (f"{first('AccessKeyId', key)} {first('SecretAccessKey', key)} {image} "
            f"{first('Id', zone).rsplit('/', 1)[1]}")


def trouble_for(action, query):
    for number, (wanted, what, argument) in enumerate(troubles):
        if wanted != action:
            continue
        if what == "sold_out":
            if query.get("Placement.AvailabilityZone") == argument:
                return what, argument
            continue
        del troubles[number]
        return what, argument
    return None, None


def skewed(headers):
    stamp = dict((name.lower(), value) for name, value in headers).get("x-amz-date", "19700101T000000Z")
    signed = time.mktime(time.strptime(stamp, "%Y%m%dT%H%M%SZ")) - time.timezone
    return abs(signed - (time.time() + SKEW_S)) > MOST_SKEW_S


def run_once(query, forward):
    """RunInstances with EC2's own reading of ClientToken."""
    token = query.get("ClientToken")
    if token in tokens:
        parameters, answer = tokens[token]
        if parameters != query:
            return error(400, "IdempotentParameterMismatch", "The token was used with other parameters")
        if set(re.findall(r"<instanceId>([^<]*)", answer.decode())) & ended.keys():
            return error(400, "IdempotentInstanceTerminated", "The instance of the token is terminated")
        return 200, answer
    status, answer = forward()
    if status == 200 and token:
        tokens[token] = (query, answer)
        stale["new"] |= set(re.findall(r"<instanceId>([^<]*)", answer.decode()))
    return status, answer


def copy_once(query, headers, what, forward):
    """CopyImage with its token, and with the tags and the time that a copy takes."""
    token = query.get("ClientToken")
    if token in tokens:
        parameters, answer = tokens[token]
        return (200, answer) if parameters == query else error(400, "IdempotentParameterMismatch", "Other parameters")
    status, answer = forward()
    if status == 200:
        tokens[token] = (query, answer)
        image = first("imageId", answer.decode())
        copies[image] = {"late": "pending", "spoilt": "failed"}.get(what, "available")
        tags = {name.removeprefix("TagSpecification.1."): value for name, value in query.items()
                if name.startswith("TagSpecification.1.Tag.")}
        region = re.search("Credential=[^/]+/[0-9]+/([^/]+)/", dict(headers)["Authorization"])[1]
        take_unsigned(1)
        unsigned_action("ec2", "CreateTags", region, Version="2016-11-15", **{"ResourceId.1": image, **tags})
    return status, answer


def with_states(content):
    """A list of images, with copies in their states."""
    listed = xml.etree.ElementTree.fromstring(content)
    for item in listed.findall("{*}imagesSet/{*}item"):
        item.find("{*}imageState").text = copies.get(item.findtext("{*}imageId"), item.findtext("{*}imageState"))
    xml.etree.ElementTree.register_namespace("", listed.tag[1:].partition("}")[0])
    return xml.etree.ElementTree.tostring(listed)


def with_endings(content):
    """A list of instances, or what becomes of some, in which those that were ended just now are shutting down."""
    going = {one for one, when in ended.items() if time.time() - when < SHUTTING_DOWN_S}
    if not going & set(re.findall(r"<instanceId>([^<]*)", content.decode())):
        return content
    shown = xml.etree.ElementTree.fromstring(content)
    for item in shown.findall(".//{*}instancesSet/{*}item"):
        if item.findtext("{*}instanceId") in going:
            for state in item.findall("{*}instanceState") + item.findall("{*}previousState"):
                state.find("{*}code").text, state.find("{*}name").text = "32", "shutting-down"
    xml.etree.ElementTree.register_namespace("", shown.tag[1:].partition("}")[0])
    return xml.etree.ElementTree.tostring(shown)


def record_sets(node):
    """(name, type, identifier) -> (TTL, values) of what is below a node, in order."""
    for one in node.findall(".//{*}ResourceRecordSet"):
        key = tuple(one.findtext("{*}" + tag) for tag in ("Name", "Type", "SetIdentifier"))
        values = frozenset(value.text for value in one.findall(".//{*}Value"))
        yield (key[0].rstrip(".").lower(), *key[1:]), (one.findtext("{*}TTL"), values)


def wrong_batch(path, body):
    """What Route 53 would refuse of a batch, or None. A zone has at most one page here."""
    take_unsigned(1)
    there = dict(record_sets(xml.etree.ElementTree.fromstring(ask_moto(
        "GET", path.rstrip("/"), [("Host", "route53.amazonaws.com"),
                      ("Authorization", "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/route53/aws4_request, "
                                        "SignedHeaders=host, Signature=none")], b"")[1])))
    for change in xml.etree.ElementTree.fromstring(body).findall(".//{*}Change"):
        action = change.findtext("{*}Action")
        key, values = next(record_sets(change))
        if action == "CREATE" and key in there:
            return f"Tried to create resource record set {key} but it already exists"
        if action == "DELETE" and there.pop(key, None) != values:
            return f"Tried to delete resource record set {key} but the values provided do not match the current values"
        if action != "DELETE":
            there[key] = values
    return None


def by_id(query):
    return {value for name, value in query.items() if name.startswith("InstanceId.")}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE_S

    def log_message(self, *_):
        pass

    def send(self, status, content, date=None):
        self.send_response_only(status)
        self.send_header("Date", email.utils.formatdate(date, usegmt=True))
        self.send_header("Content-Type", "text/xml;charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def send_badly(self, what, status, content):
        if what == "half":
            return self.send(status, content[:len(content) // 2])
        if what == "noise":
            return self.send(200, b"<!DOCTYPE html><html><body><p>Please log in<br></body></html>")
        if what == "other":
            return self.send(200, b"<Other><reservationSet/><instancesSet/></Other>")
        self.close_connection = True
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if what == "slow":
            for byte in content:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
        else:  # short
            self.wfile.write(content[:len(content) // 2])
        return None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        try:
            if self.path.startswith("/proxy/"):
                self.control(body.decode())
            else:
                self.pass_on(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST

    def control(self, text):
        answer = ""
        with lock:
            if self.path == "/proxy/reset":
                answer = reset()
            elif self.path == "/proxy/seen":
                answer = "\n".join(seen)
            elif self.path == "/proxy/vanish":
                take_unsigned(1)
                unsigned_action("ec2", "TerminateInstances", Version="2016-11-15", **{"InstanceId.1": text})
                ended[text] = time.time()
            elif self.path == "/proxy/stop":
                take_unsigned(1)
                unsigned_action("ec2", "StopInstances", Version="2016-11-15", **{"InstanceId.1": text})
                stopped.add(text)
            elif self.path == "/proxy/arrive":
                copies.update({image: "available" for image, state in copies.items() if state == "pending"})
            elif self.path == "/proxy/strike":
                action, what, *argument = text.split()
                if what == "stale":
                    stale["calls"] = int(argument[0])
                else:
                    troubles.append((action, what, argument[0] if argument else None))
        self.send(200, answer.encode())

    def pass_on(self, body):
        if self.path.startswith("/2013-04-01/"):
            query, action = {}, "List" if self.command == "GET" else "Change"
        else:
            query = dict(urllib.parse.parse_qsl(body.decode()))
            action = query.get("Action", "")
        with lock:
            seen.append(action)
            what, argument = trouble_for(action, query)
            status, content = self.answer(what, argument, action, query, body)
        if what == "lose":
            time.sleep(LOST_S)
        if what in ("half", "noise", "other", "short", "slow"):
            return self.send_badly(what, status, content)
        return self.send(status, content, time.time() + SKEW_S if what == "skew" else None)

    def answer(self, what, argument, action, query, body):
        headers = list(self.headers.items())
        if action in ("List", "Change"):
            if what == "fail":
                return route53_error(500, "InternalFailure", "An internal error has occurred")
            if what == "throttle":
                return route53_error(400, "Throttling", "Rate exceeded")
            if action == "List":
                # Of a GET moto signs what is no part of it, and refuses even botocore.
                take_unsigned(1)
            wrong = wrong_batch(self.path, body) if action == "Change" else None
            if wrong:
                return route53_error(400, "InvalidChangeBatch", wrong)
            return ask_moto(self.command, self.path, headers, body)
        if what == "fail":
            return error(500, "InternalError", "An internal error has occurred")
        if what == "throttle":
            return error(503, "RequestLimitExceeded", "Request limit exceeded.")
        if what == "refuse":
            return error(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")
        if what == "sold_out":
            return error(500, "InsufficientInstanceCapacity", f"We currently do not have sufficient capacity in {argument}")
        if what == "skew":
            if skewed(headers):
                troubles.append((action, "skew", None))
                return error(400, "RequestExpired", "Request has expired.")

        def forward():
            return ask_moto("POST", self.path, headers, body)

        if action == "RunInstances":
            return run_once(query, forward)
        if action == "CopyImage":
            return copy_once(query, headers, what, forward)
        if action == "DescribeImages":
            status, content = forward()
            return status, with_states(content) if status == 200 else content
        if stale["calls"] > 0 and (action == "DescribeInstances" or by_id(query) & stale["new"]):
            stale["calls"] -= 1
            if by_id(query):
                missing = ", ".join(sorted(by_id(query)))
                return error(400, "InvalidInstanceID.NotFound", f"The instance ID '{missing}' does not exist")
            return 200, stale["page"] or forward()[1]
        if action == "RebootInstances" and by_id(query) & stopped or action == "StartInstances" and by_id(query) - stopped:
            return error(400, "IncorrectInstanceState", "The instance is not in a state from which it can do that")
        status, content = forward()
        if action == "StartInstances" and status == 200:
            stopped.difference_update(by_id(query))
        if action in ("DescribeInstances", "TerminateInstances") and status == 200:
            content = with_endings(content)
        if action == "TerminateInstances" and status == 200:
            ended.update({one: time.time() for one in by_id(query) - ended.keys()})
        if action == "DescribeInstances" and status == 200 and not by_id(query):
            stale["page"] = content
        return status, content


moto = sys.argv[1]
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
