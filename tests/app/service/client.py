"""What the tests of the service have in common: a server process, and requests to it. Python's standard library."""

import http.client
import json
import os
import re
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
import zlib


class Server:
    """A service in a process of its own: `with Server(program, model, "--port", "0") as s: s.post(…)`."""

    def __init__(self, program, model, *flags, env=None):
        self.log_file = tempfile.NamedTemporaryFile(suffix=".log")
        command = program + ["serve", model, "--port", "0", *flags]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=self.log_file,
            text=True,
            env={**os.environ, **(env or {})},
        )
        line = self.process.stdout.readline()
        found = re.search(r"https?://.*:(\d+)/", line)
        if not found:
            self.process.kill()
            raise RuntimeError(f"it does not serve: {line!r} {self.log_text()}")
        self.port = int(found.group(1))
        self.tls = "https" in line

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, timeout=60):
        """Ends it in order; its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout)
        self.process.stdout.close()
        self.log_file.close()
        return status

    def connect(self, timeout=60):
        if self.tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, connection=None):
        """(status, headers, bytes)"""
        c = connection or self.connect()
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.headers, r.read()
        finally:
            if connection is None:
                c.close()

    def post(self, path, value, headers=None, connection=None):
        """(status, JSON)"""
        body = value if isinstance(value, (bytes, str)) else json.dumps(value)
        status, _, text = self.request(
            "POST", path, body, {"Content-Type": "application/json", **(headers or {})}, connection
        )
        return status, json.loads(text)

    def get(self, path, headers=None):
        status, _, text = self.request("GET", path, headers=headers)
        return status, text

    def log_text(self):
        with open(self.log_file.name, encoding="utf-8") as f:
            return f.read()

    def resident(self):
        """Bytes of memory."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def png(rows, colour=False):
    """A PNG file of rows of bytes (grey) or of triples."""
    height, width = len(rows), len(rows[0])
    raw = b"".join(b"\0" + (b"".join(bytes(p) for p in row) if colour else bytes(row)) for row in rows)

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2 if colour else 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(raw))
        + chunk(b"IEND", b"")
    )


def png_size(data):
    """(width, height) of a PNG file; fails for what is none."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n", data[:20]
    return struct.unpack(">II", data[16:24])


def floats_of_png(rows):
    return [[v / 255 for row in rows for v in row]]


def program_of(arguments):
    """The program's words before "serve", and the folder of models: `TEST PROGRAM MODELS`."""
    if len(arguments) < 3:
        sys.exit("usage: TEST PROGRAM MODELS")
    return [arguments[1]], arguments[2]
