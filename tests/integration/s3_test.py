"""Logs in a real S3 store that checks signatures and hashes (radosgw), read back by another signer."""
import datetime
import gzip
import hashlib
import hmac
import json
import pathlib
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import fleet
from fleet import FleetCase

RADOSGW = pathlib.Path(__file__).resolve().parents[1] / "support" / "radosgw.sh"
REGION = "us-east-1"


class Store:
    """A radosgw of our own, and a reader of it that shares nothing with Edgeherd's signer."""

    def __init__(self):
        self.place = tempfile.mkdtemp(prefix="edgeherd-s3-")
        done = subprocess.run([RADOSGW, "start", self.place], capture_output=True, text=True, check=True)
        self.endpoint, self.key, self.secret, self.bucket = done.stdout.split()

    def settings(self, work):
        """The coordinator's section `archive`; its credentials are in a file in `work`."""
        credentials = work / "credentials"
        credentials.write_text(f"[default]\naws_access_key_id = {self.key}\naws_secret_access_key = {self.secret}\n")
        credentials.chmod(0o600)
        return {"url": f"s3://{self.bucket}/logs?region={REGION}&endpoint={self.endpoint}&style=path",
                "credentials_file": str(credentials)}

    def stop(self):
        subprocess.run([RADOSGW, "stop", self.place], check=True)

    def get(self, path, query=""):
        at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        host = urllib.parse.urlsplit(self.endpoint).netloc
        nothing = hashlib.sha256(b"").hexdigest()
        names = "host;x-amz-content-sha256;x-amz-date"
        canonical = "\n".join(["GET", path, query, f"host:{host}", f"x-amz-content-sha256:{nothing}",
                               f"x-amz-date:{at}", "", names, nothing])
        scope = f"{at[:8]}/{REGION}/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", at, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in [at[:8], REGION, "s3", "aws4_request"]:
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(self.endpoint + path + ("?" + query if query else ""), headers={
            "x-amz-date": at, "x-amz-content-sha256": nothing,
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, "
                             f"Signature={signature}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def keys(self):
        tree = xml.etree.ElementTree.fromstring(self.get(f"/{self.bucket}", "list-type=2&prefix=logs"))
        return [e.text for e in tree.iter() if e.tag.endswith("}Key")]

    def object(self, key):
        return self.get(f"/{self.bucket}/" + urllib.parse.quote(key))

    def lines(self, node):
        """How many a node left, each segment being what its manifest says; None before there is a manifest."""
        keys = [key for key in self.keys() if f"/{node}/" in key]
        manifest = next((key for key in keys if key.endswith("manifest.json")), None)
        if manifest is None:
            return None
        total = 0
        for segment in json.loads(self.object(manifest))["segments"]:
            content = self.object(next(k for k in keys if k.endswith(segment["key"].split("/", 1)[-1])))
            found = gzip.decompress(content).count(b"\n")
            if hashlib.sha256(content).hexdigest() != segment["sha256"] or found != segment["lines"]:
                raise AssertionError(f"{segment['key']} is not what the manifest says")
            total += found
        return total


@unittest.skipIf(subprocess.run([RADOSGW, "available"], check=False).returncode, "radosgw is not installed")
class LogsInS3(FleetCase):
    def test_a_removed_node_leaves_every_line_and_a_manifest_that_agrees(self):
        store = Store()
        self.addCleanup(store.stop)
        one = self.fleet(1, 3)
        one.settings["archive"] = store.settings(one.work)
        one.write_configuration()
        one.start()
        first = one.wait_service(1)[0]
        answered, failed, said = one.traffic(5).finish()
        self.assertEqual(failed, 0, said)
        one.must("terminate", first)
        one.wait_state(first, "gone", limit_s=60)

        self.assertEqual(store.lines(first), answered)
        self.assertNotIn(store.secret, one.log.read_text())


if __name__ == "__main__":
    fleet.main()
