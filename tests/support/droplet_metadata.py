"""The metadata services of a fake cloud's droplets, each at a port of its own on 127.0.0.1.

A real droplet asks http://169.254.169.254 and is known by where it asks from; here the port says which droplet
asks. The answers have the documented shape: the whole as /metadata/v1.json, its parts below /metadata/v1/.
"""
import http.server
import json
import threading

PARTS = {"id": "droplet_id", "hostname": "hostname", "region": "region", "user-data": "user_data"}


def document(droplet):
    found = {"droplet_id": droplet["id"], "hostname": droplet["name"], "vendor_data": "#!/bin/sh\n# the cloud's own\n",
             "public_keys": [], "region": droplet["region"]["slug"], "tags": droplet["tags"],
             "interfaces": {kind: [{"ipv4": {key: network[key] for key in ("ip_address", "netmask", "gateway")},
                                    "mac": "04:01:2a:0f:2a:01", "type": kind}
                                   for network in droplet["_networks"] if network["type"] == kind]
                            for kind in ("public", "private")},
             "dns": {"nameservers": ["192.0.2.53", "192.0.2.54"]}, "features": {"dhcp_enabled": False},
             "reserved_ip": {"ipv4": {"active": False}}}
    if droplet["_user_data"]:
        found["user_data"] = droplet["_user_data"]
    return found


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        droplet = self.server.droplet()
        if droplet is None:
            self.close_connection = True  # nobody asks from a droplet that is gone
            return
        found = document(droplet)
        name = self.path.removeprefix("/metadata/v1/").rstrip("/")
        if self.path == "/metadata/v1.json":
            self.reply(200, "application/json; charset=utf-8", json.dumps(found))
        elif self.path.startswith("/metadata/v1/") and PARTS.get(name) in found:
            self.reply(200, "text/plain; charset=utf-8", str(found[PARTS[name]]))
        else:
            self.reply(404, "text/plain; charset=utf-8", "not found")

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.reply(404, "text/plain; charset=utf-8", "not found")

    def reply(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Service(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, droplet):
        """`droplet` is called for what the droplet is now; None when it is gone."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.droplet = droplet
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]
