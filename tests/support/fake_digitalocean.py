#!/usr/bin/env python3
"""A stand-in for Digital Ocean's API, for tests: droplets, their actions, images, keys, records.

Every token that begins with "test-" is an account of its own; any other is refused. Droplets are made
asynchronously, lists come in pages, and both rate limits hold, as in the real one. What shall go wrong is
told to it at /fake/TOKEN, which is not part of the real API:

  POST /fake/TOKEN/set      {"boot_delay": s, "transfer_delay": s, "per_minute": n, "per_hour": n, "sold_out": [region],
                             "network": where public addresses begin, "away": true (no request is answered),
                             "seed": [{droplet}], "images": [{image}], "records": [{record}], "off": [droplet's id],
                             "troubles": [{"method", "path", "count", and one of WHAT}]}
  GET  /fake/TOKEN/state    {"droplets": [...], "records": [...], "images": [...], "keys": [...],
                             "requests": [...]}
  GET  /fake/TOKEN/metadata/ID    {"port": n}: where that droplet's metadata service is

WHAT, in words of the real thing's failures; with "after": true the request has its effect first:
  "status": n, "ident": "..", "message": "..", "retry_after": s
                     that answer; with the last: a burst's, nothing remains
  "hang": true       no answer         "close": true     the connection is cut
  "half": true       half of the body  "slow": s         the body, byte by byte over so long
  "junk": "text"     that body         "short": n        a list without its last n entries
  "twice": true      a list with its last entry again
  "delete": n        after the page n droplets are gone: the oldest
  "come": n          after the page n droplets more are there
  "elsewhere": true  the next page is one of another list
  "vanish": true     202, and the droplet is never seen
  "lag": s           the droplet is made, but listed only after so long
  "errored": true    the action ends as "errored"

usage: fake_digitalocean.py PORT_FILE     listens on a free port of 127.0.0.1 and writes it there
"""
import datetime
import http.server
import ipaddress
import json
import os
import re
import sys
import threading
import time
import urllib.parse

import droplet_metadata
import fake_images

LOCK = threading.RLock()
ACCOUNTS = {}
IMAGE_REGIONS = ("ams3", "lon1", "nyc3")  # others that a test names have every image
MADE_LIST = {"/v2/droplets": "droplets", "/v2/images": "images"}
ACTION_TYPES = {"reboot", "power_cycle", "shutdown", "power_off", "power_on", "snapshot"}


def now_text(when=None):
    moment = datetime.datetime.fromtimestamp(when or time.time(), datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Refusal(Exception):
    def __init__(self, status, ident, message, headers=None):
        super().__init__(message)
        self.status, self.ident, self.message, self.headers = status, ident, message, headers or {}


def unprocessable(message):
    return Refusal(422, "unprocessable_entity", message)


def not_found():
    return Refusal(404, "not_found", "The resource you were accessing could not be found.")


def region(slug):
    return {"name": slug.upper(), "slug": slug, "features": ["metadata"], "available": True, "sizes": ["s-1vcpu-1gb"]}


def image_of(number, name, tags=(), regions=IMAGE_REGIONS, status="available", created=None):
    return {"id": number, "name": name, "distribution": "Debian", "slug": None, "public": False, "type": "snapshot",
            "regions": list(regions), "created_at": created or "2026-01-02T03:04:05Z", "min_disk_size": 10,
            "size_gigabytes": 1.5, "tags": list(tags), "status": status}


DOMAIN = "example.org"  # every account has it
RECORDS = f"/v2/domains/{DOMAIN}/records"
MADE_LIST[RECORDS] = "domain_records"


class Account(fake_images.Images):
    def __init__(self):
        self.tags = set()
        self.records, self.keys = {}, {}
        self.droplets, self.images, self.actions = {}, {}, {}
        self.images[1001] = image_of(1001, "edge-1", ["edge"])
        self.next_id = 3000
        self.boot_delay = 0.05
        self.network, self.away = "198.18.0.0", False
        self.per_minute, self.per_hour = 250, 5000
        self.sold_out, self.troubles, self.requests = [], [], []
        self.metadata = {}
        self.times = []

    def number(self):
        self.next_id += 1
        return self.next_id

    def change(self, what):
        for key in ("boot_delay", "transfer_delay", "per_minute", "per_hour", "sold_out", "network", "away"):
            if key in what:
                setattr(self, key, what[key])
        for number in what.get("off", []):
            self.droplets[number]["status"] = "off"
        if "troubles" in what:
            self.troubles = [dict(trouble) for trouble in what["troubles"]]
        for seed in what.get("seed", []):
            self.seed(seed)
        for record in what.get("records", []):
            self.add_record({"ttl": 1800, **record})
        if "images" in what:
            self.images = {image["id"]: image_of(image.pop("id"), image.pop("name"), **image)
                           for image in map(dict, what["images"])}

    def seed(self, seed):
        droplet = self.make({"name": "seed", "region": "lon1", "size": "s-1vcpu-1gb", "image": 1001, **seed})
        droplet["_ready"] = 0
        droplet["status"] = seed.get("status", "active")
        droplet["created_at"] = seed.get("created_at", droplet["created_at"])

    def trouble(self, method, target):
        for trouble in self.troubles:
            if trouble["method"] == method and re.search(trouble["path"], target) and trouble.get("count", 1) > 0:
                trouble["count"] = trouble.get("count", 1) - 1
                return trouble
        return {}

    # --- rate limits: every request counts for an hour, and for a minute
    def admit(self):
        now = time.monotonic()
        self.times = [at for at in self.times if at > now - 3600]
        minute = [at for at in self.times if at > now - 60]
        if len(self.times) >= self.per_hour:
            raise Refusal(429, "too_many_requests", "API Rate limit exceeded.")
        if len(minute) >= self.per_minute:
            wait = max(1, int(minute[0] + 60 - now) + 1)
            raise Refusal(429, "too_many_requests", "API Rate limit exceeded.",
                          {"ratelimit-remaining": "0", "retry-after": str(wait)})
        self.times.append(now)

    def rate_headers(self):
        oldest = self.times[0] - time.monotonic() + time.time() if self.times else time.time()
        return {"ratelimit-limit": str(self.per_hour), "ratelimit-remaining": str(self.per_hour - len(self.times)),
                "ratelimit-reset": str(int(oldest + 3600))}

    # --- droplets
    def make(self, body):
        number = self.number()
        address = str(ipaddress.ip_address(self.network) + number)
        private = str(ipaddress.ip_address("10.20.0.0") + number)
        droplet = {
            "id": number, "name": body["name"], "memory": 1024, "vcpus": 1, "disk": 25, "locked": False,
            "status": "new", "created_at": now_text(), "features": [], "backup_ids": [], "next_backup_window": None,
            "snapshot_ids": [], "volume_ids": [], "image": self.images.get(body["image"], image_of(7, "base")),
            "size": {"slug": body["size"], "memory": 1024, "vcpus": 1, "disk": 25, "transfer": 1.0, "price_monthly": 6.0,
                     "price_hourly": 0.00893, "regions": [body["region"]], "available": True, "description": "Basic"},
            "size_slug": body["size"], "region": region(body["region"]), "tags": body.get("tags") or [],
            "networks": {"v4": [], "v6": []}, "vpc_uuid": body.get("vpc_uuid", "5a4981aa-9653-4bd1-bef5-d6bff52042e4"),
            "_ready": time.monotonic() + self.boot_delay, "_user_data": body.get("user_data", ""), "_seen": 0,
            "_boots": 1, "_made": time.time(),
            "_networks": [
                {"ip_address": address, "netmask": "255.255.0.0", "gateway": "198.18.0.1", "type": "public"},
                {"ip_address": private, "netmask": "255.255.0.0", "gateway": "10.20.0.1", "type": "private"}],
            "_keys": body.get("ssh_keys", [])}
        self.droplets[number] = droplet
        self.tags.update(droplet["tags"])
        return droplet

    def shown(self, droplet):
        if time.monotonic() >= droplet["_ready"]:
            if droplet["status"] == "new" and droplet["_ready"]:
                droplet["status"] = "active"
            droplet["networks"]["v4"] = droplet["_networks"]
        return {key: value for key, value in droplet.items() if not key.startswith("_")}

    def droplet(self, number):
        if number not in self.droplets or time.monotonic() < self.droplets[number]["_seen"]:
            raise not_found()
        return self.droplets[number]

    def create(self, body, trouble):
        for key in ("name", "size", "image", "region"):
            if not body.get(key):
                raise unprocessable(f"{key} is missing")
        if not re.fullmatch(r"[a-zA-Z0-9]?[a-z0-9A-Z.\-]*[a-z0-9A-Z]", body["name"]):
            raise unprocessable("Only valid hostname characters are allowed.")
        for tag in body.get("tags") or []:
            if not re.fullmatch(r"[a-zA-Z0-9_\-:]{1,255}", tag):
                raise unprocessable("tag is invalid")
        if isinstance(body["image"], int) and body["image"] not in self.images:
            raise unprocessable("You specified an invalid image for Droplet creation.")
        image = self.images.get(body["image"], {"regions": IMAGE_REGIONS})
        if body["region"] in set(IMAGE_REGIONS) - set(image["regions"]):
            raise unprocessable("The image is not available in the selected region.")
        if body["region"] in self.sold_out:
            raise unprocessable("Region is not available")
        droplet = self.make(body)
        droplet["_seen"] = time.monotonic() + trouble.get("lag", 0)
        if trouble.get("vanish"):
            del self.droplets[droplet["id"]]
        action = self.act(droplet["id"], "create", trouble)
        links = {"actions": [{"id": action["id"], "rel": "create",
                              "href": f"https://api.digitalocean.com/v2/actions/{action['id']}"}]}
        return 202, {"droplet": self.shown(droplet), "links": links}

    def metadata_port(self, number):
        if number not in self.metadata:
            self.metadata[number] = droplet_metadata.Service(lambda: self.droplets.get(number))
        return self.metadata[number].port

    # --- keys, and what else an image builder asks for
    def add_key(self, body):
        for key in ("name", "public_key"):
            if not body.get(key):
                raise unprocessable(f"{key} is missing")
        number = self.number()
        self.keys[number] = {"id": number, "name": body["name"], "public_key": body["public_key"],
                             "fingerprint": ":".join(f"{byte:02x}" for byte in number.to_bytes(16, "big"))}
        return 201, {"ssh_key": self.keys[number]}

    def delete_key(self, number):
        if number not in self.keys:
            raise not_found()
        del self.keys[number]
        return 204, None

    def snapshots(self, number):
        images = [image for image in self.images.values() if image["id"] in self.droplet(number)["snapshot_ids"]]
        return 200, {"snapshots": [{**image, "type": "snapshot"} for image in images], "links": {},
                     "meta": {"total": len(images)}}

    # --- actions
    def act(self, number, kind, trouble, resource="droplet", where="lon1"):
        action = {"id": self.number(), "status": "in-progress", "type": kind, "started_at": now_text(),
                  "completed_at": None, "resource_id": number, "resource_type": resource, "region_slug": where,
                  "region": region(where), "_ready": time.monotonic() + self.boot_delay,
                  "_end": "errored" if trouble.get("errored") else "completed"}
        self.actions[action["id"]] = action
        return action

    def shown_action(self, action):
        if action["status"] == "in-progress" and time.monotonic() >= action["_ready"]:
            action["status"], action["completed_at"] = action["_end"], now_text()
        return {key: value for key, value in action.items() if not key.startswith("_")}

    def order(self, number, body, trouble):
        droplet = self.droplet(number)
        kind = body.get("type")
        if kind not in ACTION_TYPES:
            raise unprocessable("type is invalid")
        if kind in ("reboot", "power_cycle") and droplet["status"] == "off":
            raise unprocessable("Droplet is currently powered off.")
        if kind in ("shutdown", "power_off"):
            droplet["status"] = "off"
        if kind in ("reboot", "power_cycle", "power_on"):
            droplet["_boots"] += 1
            droplet["status"] = "active"
        if kind == "snapshot":
            image = self.number()
            self.images[image] = image_of(image, body.get("name", "snapshot"), regions=[droplet["region"]["slug"]],
                                          created=now_text())
            droplet["snapshot_ids"].append(image)
        return 201, {"action": self.shown_action(self.act(number, kind, trouble))}

    # --- lists
    def page(self, path, query, trouble):
        name = MADE_LIST[path]
        if name == "domain_records":
            items = [record for record in self.records.values()
                     if query.get("type", record["type"]) == record["type"]
                     and query.get("name", self.full(record)) == self.full(record)]
        elif name == "droplets":
            seen = [d for d in self.droplets.values() if time.monotonic() >= d["_seen"]]
            items = [self.shown(droplet) for droplet in seen]
        else:
            items = list(self.images.values())
        if "tag_name" in query:
            items = [item for item in items if query["tag_name"] in item["tags"]]
        return self.paged(path, name, items, query, trouble)

    def paged(self, path, name, items, query, trouble):
        per_page, page = int(query.get("per_page", 20)), int(query.get("page", 1))
        if not 1 <= per_page <= 200 or page < 1:
            raise unprocessable("per_page or page is out of range")
        total = len(items)
        last = max(1, -(-total // per_page))
        part = items[(page - 1) * per_page:page * per_page]
        if trouble.get("short"):
            part = part[:-trouble["short"]]
        for number in sorted(self.droplets)[:trouble.get("delete", 0)]:
            del self.droplets[number]
        for _ in range(trouble.get("come", 0)):
            self.seed({})
        if trouble.get("twice"):
            part = part + part[-1:]

        def link(number):
            other = "/v2/account/keys" if trouble.get("elsewhere") else path
            return "https://api.digitalocean.com" + other + "?" + urllib.parse.urlencode({**query, "page": number})
        pages = {}
        if page < last:
            pages = {"next": link(page + 1), "last": link(last)}
        if page > 1:
            pages.update({"first": link(1), "prev": link(page - 1)})
        return 200, {name: part, "links": {"pages": pages} if pages else {}, "meta": {"total": total}}

    # --- records of the domain
    def full(self, record):
        return DOMAIN if record["name"] == "@" else f"{record['name']}.{DOMAIN}"

    def add_record(self, body):
        for key in ("type", "name", "data"):
            if not body.get(key):
                raise unprocessable(f"{key.capitalize()} can't be blank")
        if body["type"] == "A":
            self.check_address(body["data"])
        names = {(record["type"] == "CNAME") for record in self.records.values() if record["name"] == body["name"]}
        if names and (body["type"] == "CNAME" or True in names):
            raise unprocessable("CNAME records cannot share a name with other records")
        record = {"id": self.number(), "type": body["type"], "name": body["name"], "data": body["data"],
                  "priority": None, "port": None, "ttl": body.get("ttl", 1800), "weight": None, "flags": None,
                  "tag": None}
        self.check_ttl(record["ttl"])
        self.records[record["id"]] = record
        return record

    def check_address(self, data):
        try:
            ipaddress.IPv4Address(data)
        except ValueError:
            raise unprocessable("IP address did not match IPv4 format (e.g. 127.0.0.1).")

    def check_ttl(self, ttl):
        if not isinstance(ttl, int) or ttl < 30:
            raise unprocessable("TTL must be at least 30 seconds")

    def change_record(self, method, number, body):
        if number not in self.records:
            raise not_found()
        if method == "DELETE":
            del self.records[number]
            return 204, None
        self.check_ttl(body.get("ttl", 1800))
        self.records[number].update({key: body[key] for key in ("ttl", "data") if key in body})
        return 200, {"domain_record": self.records[number]}

    def answer(self, method, path, query, body, trouble):
        if path == RECORDS and method == "POST":
            return 201, {"domain_record": self.add_record(body)}
        if path.startswith(RECORDS + "/") and method in ("DELETE", "PATCH"):
            return self.change_record(method, int(path.removeprefix(RECORDS + "/")), body)
        self.settle_transfers()
        answer = (self.image_answer(method, path, query, body, trouble, unprocessable, not_found)
                  or self.tag_answer(method, path, body, unprocessable, not_found))
        if answer:
            return answer
        if path in MADE_LIST and method == "GET":
            return self.page(path, query, trouble)
        if path == "/v2/droplets" and method == "POST":
            return self.create(body, trouble)
        if path == "/v2/account/keys" and method == "POST":
            return self.add_key(body)
        if re.fullmatch(r"/v2/account/keys/\d+", path) and method == "DELETE":
            return self.delete_key(int(path.rsplit("/", 1)[1]))
        if re.fullmatch(r"/v2/droplets/\d+/snapshots", path) and method == "GET":
            return self.snapshots(int(path.split("/")[3]))
        match = re.fullmatch(r"/v2/droplets/(\d+)(/actions(?:/(\d+))?)?", path)
        if match and method == "GET" and match[3]:
            if int(match[3]) not in self.actions:
                raise not_found()
            return 200, {"action": self.shown_action(self.actions[int(match[3])])}
        if match and method == "POST" and match[2]:
            return self.order(int(match[1]), body, trouble)
        if match and method == "GET" and not match[2]:
            return 200, {"droplet": self.shown(self.droplet(int(match[1])))}
        if match and method == "DELETE" and not match[2]:
            self.droplet(int(match[1]))
            del self.droplets[int(match[1])]
            return 204, None
        raise not_found()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write for head and body

    def log_message(self, *args):
        pass

    def body(self):
        length = int(self.headers.get("content-length") or 0)
        return self.rfile.read(length)

    def reply(self, status, body, headers=None, trouble=None):
        trouble = trouble or {}
        data = b"" if body is None else json.dumps(body).encode()
        if "junk" in trouble:
            data = trouble["junk"].encode()
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        if data:
            self.send_header("content-type", "application/json; charset=utf-8")
        if status != 204:
            self.send_header("content-length", str(len(data)))
        self.end_headers()
        if trouble.get("half"):
            data = data[:len(data) // 2]
            self.close_connection = True
        if "slow" in trouble:
            for byte in range(len(data)):
                self.wfile.write(data[byte:byte + 1])
                self.wfile.flush()
                time.sleep(trouble["slow"] / len(data))
        else:
            self.wfile.write(data)
        self.wfile.flush()

    def control(self, method, path):
        token, _, what = path.removeprefix("/fake/").partition("/")
        body = self.body()
        with LOCK:
            account = ACCOUNTS.setdefault(token, Account())
            if method == "POST" and what == "set":
                account.change(json.loads(body))
                return self.reply(200, {})
            if method == "GET" and what.startswith("metadata/"):
                return self.reply(200, {"port": account.metadata_port(int(what.removeprefix("metadata/")))})
            for droplet in account.droplets.values():
                account.shown(droplet)  # what is ready by now is active
            account.settle_transfers()
            state = {"droplets": list(account.droplets.values()), "records": list(account.records.values()),
                     "images": list(account.images.values()), "keys": list(account.keys.values()),
                     "requests": account.requests}
            return self.reply(200, state)

    def serve(self, method):
        url = urllib.parse.urlsplit(self.path)
        if url.path.startswith("/fake/"):
            return self.control(method, url.path)
        raw = self.body()
        token = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if not token.startswith("test-"):
            return self.reply(401, {"id": "unauthorized", "message": "Unable to authenticate you"})
        query = dict(urllib.parse.parse_qsl(url.query))
        with LOCK:
            account = ACCOUNTS.setdefault(token, Account())
            account.requests.append(f"{method} {self.path}")
            trouble = {"close": True} if account.away else account.trouble(method, self.path)
            early = not trouble.get("after")
            status, body, headers = 200, None, {}
            try:
                account.admit()
                if early and "status" in trouble:
                    burst = {"ratelimit-remaining": "0", "retry-after": str(trouble.get("retry_after"))}
                    raise Refusal(trouble["status"], trouble.get("ident", "failed"),
                                  trouble.get("message", "it went wrong"), burst if "retry_after" in trouble else {})
                if not (early and (trouble.get("hang") or trouble.get("close"))):
                    status, body = account.answer(method, url.path, query, json.loads(raw or b"null"), trouble)
                if "status" in trouble:
                    raise Refusal(trouble["status"], "failed", trouble.get("message", "it went wrong"))
            except Refusal as refusal:
                status, body = refusal.status, {"id": refusal.ident, "message": refusal.message}
                headers = refusal.headers
            headers = {**account.rate_headers(), **headers}
        if trouble.get("hang"):
            self.connection.settimeout(20)
            try:
                self.connection.recv(1)  # until the client has had enough
            except OSError:
                pass
            self.close_connection = True
        elif trouble.get("close"):
            self.close_connection = True
        else:
            self.reply(status, body, headers, trouble)

    def do_GET(self):
        self.serve("GET")

    def do_POST(self):
        self.serve("POST")

    def do_PATCH(self):
        self.serve("PATCH")

    def do_DELETE(self):
        self.serve("DELETE")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # a client that leaves is no error
            super().handle_error(request, client_address)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip().splitlines()[-1])
    server = Server(("127.0.0.1", 0), Handler)
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(str(server.server_address[1]))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
