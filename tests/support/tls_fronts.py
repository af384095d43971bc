#!/usr/bin/env python3
"""Stands before a plain HTTP server of this machine with TLS, good and bad, each manner on a port of its own.

usage: tls_fronts.py DIR HOST:PORT     DIR gets authorities and certificates, made with the openssl command,
                                       and last the file "ports": a line "MANNER PORT" for each of

  good        right for localhost and 127.0.0.1 by DIR/ca.crt, TLS 1.2 or later
  unknown     the certificate is another authority's
  expired     the certificate is of yesterday
  other_name  the certificate is for another host
  old         TLS 1.0 and 1.1 alone; who gets through is dropped
  plain       no TLS: the server itself
  silent      takes the connection, and never says a word
  hangs_up    takes the connection, and ends it at the first word
  cut         right, but answers break off in the midst of their body, without TLS's own end
  cut_202     so do those of that status alone
"""
import asyncio
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import warnings

PATIENCE_S = 10
FLUSHED_S = 0.2  # a peer on this machine has read what was sent after so long
OURS = "DNS:localhost,IP:127.0.0.1"
CERTIFICATES = {"good": "good", "unknown": "unknown", "expired": "expired", "other_name": "other_name", "old": "good",
                "cut": "good", "cut_202": "good"}
CUTS = {"cut": None, "cut_202": b"202"}  # of which status; None: of any


def openssl(directory, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"tls_fronts.py: openssl {' '.join(arguments)}: {done.stderr}")


def new_key(name):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-subj",
            f"/CN=test-{name}"]


def issue(directory, name, authority, names, days):
    openssl(directory, "req", *new_key(name), "-addext", "subjectAltName=" + names, "-out", name + ".csr")
    openssl(directory, "x509", "-req", "-in", name + ".csr", "-CA", authority + ".crt", "-CAkey", authority + ".key",
            "-CAcreateserial", "-copy_extensions", "copy", "-days", str(days), "-out", name + ".crt")


def make_certificates(directory):
    for authority in ("ca", "other"):
        openssl(directory, "req", "-x509", *new_key(authority), "-days", "2", "-out", authority + ".crt")
    issue(directory, "good", "ca", OURS, 2)
    issue(directory, "unknown", "other", OURS, 2)
    issue(directory, "expired", "ca", OURS, -1)
    issue(directory, "other_name", "ca", "DNS:cloud.example,IP:127.0.0.9", 2)


def only_old(context):
    warnings.simplefilter("ignore", DeprecationWarning)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    return context


def context_of(directory, manner):
    if manner not in CERTIFICATES:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    path = os.path.join(directory, CERTIFICATES[manner])
    context.load_cert_chain(path + ".crt", path + ".key")
    return only_old(context) if manner == "old" else context


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # one of them is gone, and so the other is not needed any more
    writer.close()


async def cut(reader, writer, status):
    """Answers, up to one with that status, or any: of that one comes a half."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        if status in (None, head.split()[1]):
            break
        writer.write(head + body)
    writer.write(head + body[:len(body) // 2])
    await asyncio.sleep(FLUSHED_S)
    writer.transport.abort()


def serve(manner, backend):
    async def connected(reader, writer):
        if manner in ("silent", "hangs_up"):
            while await reader.read(65536) and manner == "silent":
                pass
            return writer.close()
        from_server, to_server = await asyncio.open_connection(*backend)
        back = cut(from_server, writer, CUTS[manner]) if manner in CUTS else copy(from_server, writer)
        return await asyncio.gather(copy(reader, to_server), back, return_exceptions=True)
    return connected


def refuse_new(listener, context):
    """Blocking, since asyncio's servers hang up without the alert that tells why."""
    while True:
        connection, _ = listener.accept()
        connection.settimeout(PATIENCE_S)
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()


async def main(directory, host, port):
    make_certificates(directory)
    old = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=refuse_new, args=(old, context_of(directory, "old")), daemon=True).start()
    ports = {"old": old.getsockname()[1]}
    for manner in (*CERTIFICATES.keys() - ports, "plain", "silent", "hangs_up"):
        server = await asyncio.start_server(serve(manner, (host, int(port))), "127.0.0.1", 0,
                                            ssl=context_of(directory, manner))
        ports[manner] = server.sockets[0].getsockname()[1]
    # Who takes TLS 1.1 gets through to "old": so it is its age alone that it is refused for.
    client = only_old(ssl.create_default_context(cafile=os.path.join(directory, "ca.crt")))
    with socket.create_connection(("127.0.0.1", ports["old"])) as plain:
        if client.wrap_socket(plain, server_hostname="localhost").version() != "TLSv1.1":
            sys.exit("tls_fronts.py: no TLS 1.1 here")
    partial = os.path.join(directory, "ports.new")
    with open(partial, "w", encoding="ascii") as file:
        file.writelines(f"{manner} {number}\n" for manner, number in ports.items())
    os.rename(partial, os.path.join(directory, "ports"))
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], *sys.argv[2].split(":")))
