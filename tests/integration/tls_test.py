"""The API over TLS, as an operator sets it up: openssl, curl, and the CLI."""
import json
import subprocess
import unittest

import fleet
from fleet import FleetCase

TOKEN = "an-operators-token-0123456789"


def openssl(directory, *arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True, timeout=30)


def make_certificate(directory):
    """An authority, and the coordinator's key and certificate for 127.0.0.1 from it."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl(directory, "req", "-x509", *curve, "-days", "2", "-subj", "/CN=trial-ca",
            "-keyout", "ca.key", "-out", "ca.crt")
    openssl(directory, "req", *curve, "-subj", "/CN=coordinator",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "api.key", "-out", "api.csr")
    openssl(directory, "x509", "-req", "-in", "api.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-CAcreateserial", "-copy_extensions", "copy", "-days", "2", "-out", "api.crt")


class Tls(FleetCase):
    def setUp(self):
        one = self.one = self.fleet(0, 1)
        make_certificate(one.work)
        (one.work / "token").write_text(TOKEN + "\n")
        (one.work / "token").chmod(0o600)
        one.settings["tls"] = {"certificate": str(one.work / "api.crt"), "key": str(one.work / "api.key")}
        one.settings["tokens"] = [{"name": "alice", "role": "operator",
                                   "token_file": str(one.work / "token")}]
        one.url = one.url.replace("http:", "https:")
        self.ca = str(one.work / "ca.crt")
        self.start_on("127.0.0.1")

    def start_on(self, address):
        one = self.one
        one.settings["listen"] = f"{address}:{one.port}"
        one.write_configuration()
        with open(one.log, "ab") as log:
            one.program = subprocess.Popen(
                [fleet.BINARIES / "edgeherd-coordinator", "--config", one.config],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        one.wait("the API answers over TLS", lambda: self.curl("/readyz", "--cacert", self.ca)[0] == 0, 20)

    def curl(self, path, *arguments, url=None):
        """Exit code, and what was answered with a status below 400."""
        done = subprocess.run(["curl", "--silent", "--fail", "--max-time", "5", *arguments,
                               (url or self.one.url) + path],
                              capture_output=True, text=True, timeout=20, check=False)
        return done.returncode, done.stdout

    def status_of(self, path, *arguments):
        done = subprocess.run(["curl", "--silent", "--max-time", "5", "--cacert", self.ca, "--output", "/dev/null",
                               "--write-out", "%{http_code}", *arguments, self.one.url + path],
                              capture_output=True, text=True, timeout=20, check=False)
        return done.stdout

    def test_curl_with_the_authority_and_the_token_reads_the_status(self):
        code, body = self.curl("/v1/status", "--cacert", self.ca, "--header", f"Authorization: Bearer {TOKEN}")
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(body)["fleet"], "trial")

    def test_without_the_token_an_encrypted_request_is_refused_all_the_same(self):
        self.assertEqual(self.curl("/v1/status", "--cacert", self.ca)[0], 22)  # 401

    def test_a_client_that_does_not_know_the_authority_ends_the_handshake(self):
        self.assertEqual(self.curl("/readyz")[0], 60)

    def test_a_certificate_for_another_name_is_not_accepted(self):
        code, _ = self.curl("/readyz", "--cacert", self.ca, "--connect-to",
                            f"coordinator.test:443:127.0.0.1:{self.one.port}", url="https://coordinator.test")
        self.assertEqual(code, 60)

    def test_plain_http_gets_no_answer(self):
        code, body = self.curl("/readyz", url=self.one.url.replace("https:", "http:"))
        self.assertNotEqual(code, 0)
        self.assertEqual(body, "")

    def test_the_cli_reads_and_orders_with_the_authority_and_the_token(self):
        known = ["--ca-file", self.ca, "--token", TOKEN]
        self.assertIn("trial", self.one.must("status", *known))
        self.one.must("pause", "--reason", "a trial", *known)
        self.assertIn("a trial", self.one.must("status", *known))

    def test_the_cli_that_does_not_know_the_authority_says_what_would_work(self):
        done = self.one.cli("status", "--token", TOKEN)
        self.assertEqual(done.returncode, 3)
        self.assertIn("--ca-file", done.stderr)

    def test_a_reload_does_not_take_the_tokens_away_while_the_network_is_listened_to(self):
        self.one.stop()
        self.start_on("0.0.0.0")
        self.one.settings["listen"] = f"127.0.0.1:{self.one.port}"
        del self.one.settings["tls"], self.one.settings["tokens"]
        self.one.write_configuration()
        refused = self.one.cli("config", "reload", "--ca-file", self.ca, "--token", TOKEN)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn('"tokens" cannot go while it runs', refused.stdout + refused.stderr)
        order = ["--header", "Content-Type: application/json", "--data", "{}"]
        self.assertEqual(self.status_of("/v1/config/reload", *order), "401")
        self.assertEqual(self.status_of("/v1/config/reload", *order,
                                        "--header", f"Authorization: Bearer {TOKEN}"), "422")
        self.assertEqual(self.status_of("/v1/status"), "401")


if __name__ == "__main__":
    fleet.main()
