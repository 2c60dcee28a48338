"""The service as a process: limits, hosts, tokens, TLS, reload, the end under load.

    python3 service_process_test.py PROGRAM MODELS
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from client import Server, program_of

PROGRAM, MODELS = program_of(sys.argv)


class Limits(unittest.TestCase):
    def test_body_limit(self):
        with Server(PROGRAM, f"{MODELS}/image.h5", "--max-body", "1000") as s:
            status, r = s.post("/encode", {"data": [[0.123456] * 784]})
            self.assertEqual((status, r["error"]["status"]), (413, 413))
            self.assertEqual(s.get("/healthz")[0], 200)

    def test_a_clients_own_rows_are_split(self):
        with Server(PROGRAM, f"{MODELS}/image.h5", "--max-batch", "8") as s:
            status, r = s.post("/encode", {"data": [[0.5] * 784] * 50})
            self.assertEqual((status, len(r["codes"])), (200, 50))
            alone = [s.post("/encode", {"data": [[0.5] * 784]})[1]["codes"][0]]
            self.assertEqual(r["codes"], alone * 50)
            text = s.get("/metrics")[1].decode()
            count = {k: float(v) for k, v in (x.rsplit(" ", 1) for x in text.splitlines() if x[0] != "#")}
            self.assertEqual(count['hourglass_batch_rows_bucket{le="8"}'], count["hourglass_batch_rows_count"])

    def test_arrivals_are_computed_together(self):
        with Server(PROGRAM, f"{MODELS}/image.h5") as s:
            body = json.dumps({"data": [[0.5] * 784]})

            def many():
                c = s.connect()
                for _ in range(100):
                    s.post("/encode", body, connection=c)
                c.close()

            threads = [threading.Thread(target=many) for _ in range(16)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            text = s.get("/metrics")[1].decode()
            alone = float(
                [x for x in text.splitlines() if x.startswith('hourglass_batch_rows_bucket{le="1"}')][
                    0
                ].split()[1]
            )
            self.assertLess(alone, 1600)

    def test_files_that_cannot_be_served(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, flags, text in (("none.h5", (), "none.h5"), ("bad.h5", (), "bad.h5")):
                with open(f"{folder}/bad.h5", "wb") as f:
                    f.write(b"no model")
                p = subprocess.run(
                    PROGRAM + ["serve", f"{folder}/{name}", "--port", "0", *flags],
                    capture_output=True,
                    text=True,
                    timeout=60,
                )
                self.assertEqual(p.returncode, 2)
                self.assertIn(text, p.stderr)


class Hosts(unittest.TestCase):
    TOKEN = "0123456789abcdef-right"

    def refused(self, *flags):
        p = subprocess.run(
            PROGRAM + ["serve", f"{MODELS}/image.h5", "--port", "0", *flags],
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(p.returncode, 2, p.stderr)
        self.assertEqual(p.stdout, "")
        return p.stderr

    def test_open_hosts_ask_for_a_token(self):
        self.assertIn("--insecure", self.refused("--host", "0.0.0.0"))
        with Server(PROGRAM, f"{MODELS}/image.h5", "--host", "0.0.0.0", "--insecure") as s:
            self.assertEqual(s.get("/healthz")[0], 200)

    def test_127_0_0_1_alone(self):
        with Server(PROGRAM, f"{MODELS}/image.h5") as s:
            with open("/proc/net/tcp", encoding="ascii") as f:
                listening = f.read()
            self.assertIn(f"0100007F:{s.port:04X} 00000000:0000 0A", listening)

    def test_port_in_use(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            p = subprocess.run(
                PROGRAM + ["serve", f"{MODELS}/image.h5", "--port", str(other.getsockname()[1])],
                capture_output=True,
                text=True,
                timeout=60,
            )
            self.assertEqual(p.returncode, 2)
            self.assertIn("in use", p.stderr)

    def test_token(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/token"
            with open(path, "w", encoding="ascii") as f:
                f.write("short\n")
            self.assertIn("16", self.refused("--token", path))
            with open(path, "w", encoding="ascii") as f:
                f.write(self.TOKEN + "\n")
            with Server(PROGRAM, f"{MODELS}/image.h5", "--host", "0.0.0.0", "--token", path) as s:
                body = {"data": [[0] * 784]}
                for wrong in (
                    None,
                    "",
                    "Bearer",
                    "Bearer ",
                    "Bearer x",
                    "Basic " + self.TOKEN,
                    self.TOKEN,
                    "Bearer " + self.TOKEN + "x",
                    "Bearer " + self.TOKEN[:-1],
                    "bearer" + self.TOKEN,
                ):
                    headers = {} if wrong is None else {"Authorization": wrong}
                    for path_ in ("/encode", "/nothing"):
                        status, r = s.post(path_, body, headers)
                        self.assertEqual((status, r["error"]["status"]), (401, 401), wrong)
                    self.assertEqual(s.get("/metrics", headers)[0], 401)
                right = {"Authorization": "Bearer " + self.TOKEN}
                self.assertEqual(s.post("/encode", body, right)[0], 200)
                self.assertEqual(s.get("/metrics", right)[0], 200)
                self.assertEqual([s.get(p)[0] for p in ("/healthz", "/readyz", "/")], [200] * 3)
                self.assertNotIn(self.TOKEN, s.log_text())

    @unittest.skipUnless(shutil.which("openssl"), "openssl is not there")
    def test_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            cert, key = f"{folder}/cert.pem", f"{folder}/key.pem"
            subprocess.run(
                [
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-keyout",
                    key,
                    "-out",
                    cert,
                    "-days",
                    "2",
                    "-subj",
                    "/CN=localhost",
                ],
                check=True,
                capture_output=True,
            )
            self.assertIn("--tls", self.refused("--tls", key, cert))
            with Server(PROGRAM, f"{MODELS}/image.h5", "--tls", cert, key) as s:
                connection = s.connect()
                for n in (1, 200):
                    status, r = s.post("/reconstruct", {"data": [[0.25] * 784] * n}, connection=connection)
                    self.assertEqual((status, len(r["data"])), (200, n))
                connection.close()
                with socket.create_connection(("127.0.0.1", s.port), timeout=10) as plain:
                    plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
                    try:
                        self.assertNotIn(b"200", plain.recv(1000))
                    except ConnectionResetError:
                        pass


class Reload(unittest.TestCase):
    def test_good_and_bad_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/model.h5"
            shutil.copy(f"{MODELS}/image.h5", path)
            with Server(PROGRAM, path) as s:
                body = {"data": [[0.5] * 784]}

                def model():
                    return s.post("/encode", body)[1]["model"]

                def wait_for(text):
                    end = time.time() + 30
                    while text not in s.log_text():
                        self.assertLess(time.time(), end, s.log_text())
                        time.sleep(0.05)

                first = model()
                shutil.copy(f"{MODELS}/other.h5", f"{path}.new")
                os.rename(f"{path}.new", path)
                wait_for('"event":"reload"')
                second = model()
                self.assertNotEqual(first, second)
                with open(path, "r+b") as f:
                    f.truncate(5000)
                wait_for('"level":"error"')
                self.assertEqual(model(), second)
                os.remove(path)
                time.sleep(0.6)
                self.assertEqual(model(), second)
                self.assertEqual(s.get("/readyz")[0], 200)
                shutil.copy(f"{MODELS}/image.h5", path)
                end = time.time() + 30
                while model() != first:
                    self.assertLess(time.time(), end, s.log_text())
                    time.sleep(0.05)
                self.assertIn("hourglass_failed_reloads_total 1", s.get("/metrics")[1].decode())


class End(unittest.TestCase):
    def test_what_has_begun_is_answered(self):
        s = Server(PROGRAM, f"{MODELS}/image.h5")
        body = json.dumps({"data": [[0.5] * 784] * 4})
        counts = {"sent": 0, "answered": 0}
        lock = threading.Lock()
        running = threading.Event()

        def client():
            while True:
                try:
                    c = s.connect()
                    c.connect()
                except OSError:
                    return
                try:
                    while True:
                        c.putrequest("POST", "/reconstruct")
                        c.putheader("Content-Type", "application/json")
                        c.putheader("Content-Length", str(len(body)))
                        c.endheaders(body.encode())
                        r = c.getresponse()
                        text = r.read()
                        with lock:
                            counts["sent"] += 1
                            counts["answered"] += r.status == 200 and len(json.loads(text)["data"]) == 4
                        running.set()
                        if r.headers["Connection"] == "close":
                            break
                except (ConnectionError, OSError, http.client.HTTPException) as e:
                    with lock:
                        counts["sent"] += 1
                        counts[type(e).__name__] = counts.get(type(e).__name__, 0) + 1
                finally:
                    c.close()

        threads = [threading.Thread(target=client) for _ in range(8)]
        for t in threads:
            t.start()
        self.assertTrue(running.wait(30))
        time.sleep(0.5)
        # One whose body is still coming when the end begins.
        slow = socket.create_connection(("127.0.0.1", s.port), timeout=20)
        slow.sendall(
            b"POST /reconstruct HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(body)
        )
        time.sleep(0.3)
        s.process.terminate()
        time.sleep(0.3)
        slow.sendall(body.encode())
        answer = b""
        while part := slow.recv(1 << 16):
            answer += part
        slow.close()
        self.assertIn(b"HTTP/1.1 200", answer)
        self.assertIn(b"Connection: close", answer)
        self.assertEqual(s.stop(), 0)
        for t in threads:
            t.join()
        self.assertEqual(counts["answered"], counts["sent"], counts)
        self.assertGreater(counts["answered"], 20)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
