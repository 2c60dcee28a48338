"""Each path of the service, each error, PNG, columns by name, reload, the end under load, tokens, TLS.

    python3 service_test.py PROGRAM MODELS
"""

import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from client import Server, floats_of_png, png, png_size, program_of

PROGRAM, MODELS = program_of(sys.argv)
ROW = {"city": "Bern", "income": 50000, "rent": 1000, "age": 40}
PLANTED = {**ROW, "rent": 3000}


def image(seed=1):
    r = random.Random(seed)
    return [[r.randrange(256) if 5 < i < 22 and 5 < j < 22 else 0 for j in range(28)] for i in range(28)]


class Images(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Server(PROGRAM, f"{MODELS}/variational.h5")

    @classmethod
    def tearDownClass(cls):
        assert cls.s.stop() == 0

    def test_health_and_readiness(self):
        self.assertEqual(self.s.get("/healthz"), (200, b'{"status":"ok"}'))
        status, text = self.s.get("/readyz")
        self.assertEqual((status, json.loads(text)["status"]), (200, "ready"))

    def test_head(self):
        status, headers, text = self.s.request("HEAD", "/healthz")
        self.assertEqual((status, headers["Content-Length"], text), (200, "15", b""))

    def test_model(self):
        m = json.loads(self.s.get("/model")[1])
        self.assertEqual(
            (m["form"], m["example"], m["latent"], m["generative"]), ("image", [28, 28], 2, True)
        )

    def test_openapi_has_all_paths(self):
        paths = json.loads(self.s.get("/openapi.json")[1])["paths"]
        self.assertLessEqual(
            {
                "/encode",
                "/decode",
                "/reconstruct",
                "/anomaly_score",
                "/explain",
                "/sample",
                "/healthz",
                "/readyz",
                "/metrics",
                "/openapi.json",
            },
            set(paths),
        )

    def test_page_is_one_file(self):
        status, headers, text = self.s.request("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotIn(b"http://", text.replace(b"http://www.w3.org/", b""))
        self.assertNotIn(b"https://", text)

    def test_flat_rows_images_and_png_are_the_same(self):
        pixels = image()
        flat = floats_of_png(pixels)
        _, a = self.s.post("/encode", {"data": flat})
        _, b = self.s.post("/encode", {"data": [[[v / 255 for v in row] for row in pixels]]})
        status, _, c = self.s.request("POST", "/encode", png(pixels), {"Content-Type": "image/png"})
        self.assertEqual(status, 200)
        self.assertEqual(a["codes"], b["codes"])
        for x, y in zip(a["codes"][0], json.loads(c)["codes"][0]):
            self.assertAlmostEqual(x, y, places=5)

    def test_decode_of_encode_is_reconstruct(self):
        flat = floats_of_png(image(2))
        _, codes = self.s.post("/encode", {"data": flat})
        _, decoded = self.s.post("/decode", {"data": codes["codes"]})
        _, restored = self.s.post("/reconstruct", {"data": flat})
        self.assertEqual(decoded["data"], restored["data"])
        error = sum((x - y) ** 2 for x, y in zip(flat[0], restored["data"][0])) / 784
        self.assertAlmostEqual(error, restored["errors"][0], places=6)

    def test_reconstruct_answers_in_the_shape_that_was_sent(self):
        _, r = self.s.post("/reconstruct", {"data": [[[0.0] * 28] * 28] * 3})
        self.assertEqual((len(r["data"]), len(r["data"][0]), len(r["data"][0][0])), (3, 28, 28))

    def test_png_out(self):
        for path, body in (
            ("/decode", {"data": [[0, 0]]}),
            ("/sample", {"n": 1, "seed": 3}),
            ("/reconstruct", {"data": floats_of_png(image())}),
            ("/explain", {"data": floats_of_png(image())}),
        ):
            status, headers, data = self.s.request(
                "POST", path, json.dumps(body), {"Content-Type": "application/json", "Accept": "image/png"}
            )
            self.assertEqual((status, headers["Content-Type"]), (200, "image/png"), data[:200])
            self.assertEqual(png_size(data), (28, 28))

    def test_png_of_another_size_or_none(self):
        for body, text in (
            (png([[0] * 20] * 20), "20 x 20"),
            (b"no png", "PNG"),
            (png(image())[:200], "PNG"),
        ):
            status, _, answer = self.s.request("POST", "/encode", body, {"Content-Type": "image/png"})
            self.assertEqual(status, 400)
            self.assertIn(text, json.loads(answer)["error"]["message"])

    def test_colour_becomes_grey(self):
        pixels = image(4)
        colour = png([[(v, v, v) for v in row] for row in pixels], colour=True)
        a = json.loads(self.s.request("POST", "/encode", colour, {"Content-Type": "image/png"})[2])
        _, b = self.s.post("/encode", {"data": floats_of_png(pixels)})
        for x, y in zip(a["codes"][0], b["codes"][0]):
            self.assertAlmostEqual(x, y, places=4)

    def test_form_of_several_pictures(self):
        parts = (
            b"".join(
                b"--xyz\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n"
                b"Content-Type: image/png\r\n\r\n" + png(image(i)) + b"\r\n"
                for i in range(3)
            )
            + b"--xyz--\r\n"
        )
        status, _, text = self.s.request(
            "POST", "/encode", parts, {"Content-Type": "multipart/form-data; boundary=xyz"}
        )
        self.assertEqual(status, 200)
        self.assertEqual(len(json.loads(text)["codes"]), 3)
        for broken in (b"", parts[:-9], b"--xyz", b"--xyz--\r\n", parts.replace(b"\r\n\r\n", b"\r\n")):
            status, _, text = self.s.request(
                "POST", "/encode", broken, {"Content-Type": "multipart/form-data; boundary=xyz"}
            )
            self.assertEqual(status, 400, text)

    def test_sample_depends_on_the_seed_alone(self):
        _, a = self.s.post("/sample", {"n": 4, "seed": 7})
        _, b = self.s.post("/sample", {"seed": 7, "n": 4})
        _, c = self.s.post("/sample", {"n": 4, "seed": 8})
        self.assertEqual(a["data"], b["data"])
        self.assertNotEqual(a["data"], c["data"])
        self.assertEqual((len(a["data"]), len(a["data"][0])), (4, 784))

    def test_explain_gives_shares_of_the_error(self):
        _, r = self.s.post("/explain", {"data": floats_of_png(image())})
        self.assertAlmostEqual(sum(r["shares"][0]), 1.0, places=4)

    def test_latent_has_codes_and_labels(self):
        latent = json.loads(self.s.get("/latent")[1])
        self.assertEqual(latent["source"], "strokes")
        self.assertEqual(len(latent["codes"]), len(latent["labels"]))
        self.assertGreater(len(latent["codes"]), 1000)
        self.assertEqual(set(latent["labels"]), set("0123456789"))

    def test_same_bits_alone_and_in_a_batch(self):
        rows = [floats_of_png(image(i))[0] for i in range(37)]
        for path, key in (("/encode", "codes"), ("/reconstruct", "data"), ("/anomaly_score", "scores")):
            _, together = self.s.post(path, {"data": rows})
            for i in (0, 1, 15, 16, 36):
                _, alone = self.s.post(path, {"data": [rows[i]]})
                self.assertEqual(alone[key][0], together[key][i], path)

    def refused(self, status, path, body, *texts, headers=None, method="POST"):
        got, _, answer = self.s.request(
            method, path, body, {"Content-Type": "application/json", **(headers or {})}
        )
        self.assertEqual(got, status, answer)
        error = json.loads(answer)["error"]
        self.assertEqual(error["status"], status)
        for t in texts:
            self.assertIn(t, error["message"])
        return error

    def test_bad_bodies(self):
        for body, text in (
            ("", "not JSON"),
            ("{", "not JSON"),
            ("[1]", "object"),
            ("3", "object"),
            ("null", "object"),
            ('{"data": 3}', "list of rows"),
            ('{"data": []}', "no rows"),
            ("{}", "not given"),
            ('{"data": [[]]}', "expects (N, 28, 28) or (N, 784)"),
            ('{"data": [[1, 2, 3]]}', "expects (N, 28, 28) or (N, 784)"),
            ('{"data": [[1, 2], [3]]}', "ragged"),
            ('{"data": [1, [2]]}', "beside"),
            ('{"data": [[1], 2]}', "beside"),
            ('{"data": [[NaN]]}', "not JSON"),
            ('{"data": [[null]]}', "null"),
            ('{"data": [["a"]]}', "text"),
            ('{"data": [[true]]}', "true"),
            ('{"data": [[1e999]]}', "overflow"),
            ('{"data": [[1e300]]}', "float32"),
            ('{"data": [{}]}', "an object"),
            ('{"data": [[0]], "data": [[0]]}', "twice"),
            ('{"dta": [[0]]}', "no field"),
            ('{"rows": [{"a": 1}]}', "not one of a table"),
            ('{"data": [[0]]} x', "not JSON"),
            ('{"data": ' + "[" * 100000 + "]" * 100000 + "}", "8 lists deep"),
            ('{"data": [[0]]\xff}'.encode("latin-1"), "not JSON"),
        ):
            self.refused(400, "/encode", body, text)
        self.refused(400, "/decode", '{"data": [[1, 2, 3]]}', "(N, 2)")
        self.refused(400, "/sample", '{"n": 0}', "from 1")
        self.refused(400, "/sample", '{"n": 1.5}', "whole number")
        self.refused(400, "/sample", '{"data": [[0]]}', "no rows")

    def test_status_codes(self):
        self.refused(404, "/nothing", "{}", "no such path")
        self.refused(404, "/../etc/passwd", "{}", "no such path")
        self.refused(405, "/encode", None, "POST", method="GET")
        self.refused(405, "/healthz", "{}", "GET")
        self.refused(
            415, "/encode", "a=b", "JSON", headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        self.refused(415, "/encode", "x", "compressed", headers={"Content-Encoding": "gzip"})
        self.refused(413, "/encode", None, "max-body", headers={"Content-Length": str(1 << 40)})

    def raw(self, data, timeout=10):
        with socket.create_connection(("127.0.0.1", self.s.port), timeout=timeout) as c:
            c.sendall(data)
            out = b""
            while part := c.recv(65536):
                out += part
            return out

    def test_requests_that_are_none(self):
        for data, status in (
            (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
            (b"\0\1\2\r\n\r\n", b"400"),
            (b"GET /\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\nA: " + b"x" * 9000 + b"\r\n\r\n", b"431"),
            (b"POST /encode HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
            (b"POST /encode HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
            (b"POST /encode HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", b"400"),
            (b"POST /encode HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
            (b"POST /encode HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n", b"413"),
        ):
            answer = self.raw(data)
            self.assertEqual(answer.split(b" ")[1], status, (data[:60], answer[:200]))
            self.assertIn(b'"error"', answer)

    def test_chunks_pipelines_and_continue(self):
        body = json.dumps({"data": [[0, 0]]}).encode()
        head = b"POST /decode HTTP/1.1\r\nContent-Type: application/json\r\n"
        whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        chunked = (
            head
            + b"Transfer-Encoding: chunked\r\n\r\n"
            + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:3], body[3:]))
            + b"0\r\n\r\n"
        )
        last = b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"
        answer = self.raw(whole + chunked + whole + last)
        self.assertEqual(answer.count(b"HTTP/1.1 200"), 4, answer[:300])
        with socket.create_connection(("127.0.0.1", self.s.port), timeout=10) as c:
            c.sendall(head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
            self.assertEqual(c.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            c.sendall(body)
            self.assertIn(b"200 OK", c.recv(65536))

    def test_request_id(self):
        _, headers, _ = self.s.request("GET", "/healthz", headers={"X-Request-Id": "abc-1.2_3"})
        self.assertEqual(headers["X-Request-Id"], "abc-1.2_3")
        self.assertIn('"request_id":"abc-1.2_3"', self.s.log_text())
        _, headers, _ = self.s.request("GET", "/healthz", headers={"X-Request-Id": 'a"b'})
        self.assertRegex(headers["X-Request-Id"], "^[0-9a-f]{16}$")

    def test_log_lines_are_json_whatever_is_asked(self):
        self.s.get("/%0a%7b%22event%22:%22forged%22%7d%ff%00")
        self.s.request("GET", "/healthz", headers={"X-Request-Id": "x\ty", "User-Agent": "\xff{"})
        for line in self.s.log_text().splitlines():
            fields = json.loads(line)
            self.assertIn(fields["event"], ("start", "request", "refused", "reload"))
            self.assertRegex(fields["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_metrics(self):
        for i in range(3):
            self.s.post("/anomaly_score", {"data": floats_of_png(image(i))})
        text = self.s.get("/metrics")[1].decode()
        values = {
            line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in text.splitlines()
            if line[0] != "#"
        }
        self.assertGreaterEqual(values['hourglass_requests_total{path="/anomaly_score",status="200"}'], 3)
        self.assertGreaterEqual(values["hourglass_reconstruction_error_count"], 3)
        self.assertEqual(
            values["hourglass_reconstruction_error_count"],
            values['hourglass_reconstruction_error_bucket{le="+Inf"}'],
        )


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = Server(PROGRAM, f"{MODELS}/table.h5")

    @classmethod
    def tearDownClass(cls):
        assert cls.s.stop() == 0

    def test_columns_in_any_order(self):
        turned = dict(reversed(list(PLANTED.items())))
        _, a = self.s.post("/anomaly_score", {"rows": [PLANTED, ROW]})
        _, b = self.s.post("/anomaly_score", {"rows": [turned, dict(reversed(list(ROW.items())))]})
        self.assertEqual(a["scores"], b["scores"])
        self.assertEqual(a["anomalies"], [True, False])
        self.assertLess(a["p_values"][0], 0.01)
        self.assertGreater(a["scores"][0], a["threshold"])

    def test_the_planted_column_is_to_blame(self):
        _, r = self.s.post("/explain", {"rows": [PLANTED]})
        first = r["explanations"][0]["shares"][0]
        self.assertEqual((first["column"], first["value"]), ("rent", "3000"))
        self.assertGreater(first["share"], 0.5)
        self.assertTrue(700 < float(first["expected"]) < 1300)

    def test_reconstruct_gives_rows_and_errors_of_columns(self):
        _, r = self.s.post("/reconstruct", {"rows": [PLANTED]})
        self.assertEqual(set(r["rows"][0]), set(ROW))
        self.assertEqual(max(r["column_errors"][0].items(), key=lambda e: e[1])[0], "rent")

    def test_codes_and_back(self):
        _, codes = self.s.post("/encode", {"rows": [ROW]})
        _, back = self.s.post("/decode", {"data": codes["codes"]})
        self.assertEqual(back["rows"][0]["city"], "Bern")

    def test_missing_entries(self):
        status, r = self.s.post("/anomaly_score", {"rows": [{**ROW, "rent": None, "city": None}]})
        self.assertEqual(status, 200, r)

    def test_a_category_never_seen_is_what_the_preparation_says(self):
        status, r = self.s.post("/anomaly_score", {"rows": [{**ROW, "city": "Genf"}]})
        if status == 200:  # a hole, as the usual detector takes it
            _, hole = self.s.post("/anomaly_score", {"rows": [{**ROW, "city": None}]})
            self.assertEqual(r["scores"], hole["scores"])
        else:
            self.assertEqual((status, r["error"]["column"]), (400, "city"))
            self.assertIn('"Bern"', r["error"]["expected"])

    def test_errors_name_column_and_expectation(self):
        without = {k: v for k, v in ROW.items() if k != "age"}
        for row, column, expected in (
            (without, "age", "a number"),
            ({**ROW, "age": "old"}, "age", "a number"),
            ({**ROW, "city": []}, "city", "a text"),
            ({**ROW, "agee": 1}, "agee", "age"),
            ({**ROW, "age": True}, "age", "a number"),
            ({**ROW, "age": []}, "age", "a number"),
        ):
            status, r = self.s.post("/anomaly_score", {"rows": [ROW, row]})
            self.assertEqual((status, r["error"]["column"]), (400, column), r)
            self.assertIn(expected, r["error"]["expected"])
            self.assertIn("1", r["error"]["message"])
        status, r = self.s.post("/anomaly_score", '{"rows": [{"age": 1, "age": 2}]}')
        self.assertEqual((status, r["error"]["column"]), (400, "age"))

    def test_no_pictures(self):
        status, _, _ = self.s.request("POST", "/encode", png(image()), {"Content-Type": "image/png"})
        self.assertEqual(status, 415)
        status, r = self.s.post("/reconstruct", {"rows": [ROW]}, {"Accept": "image/png"})
        self.assertEqual(status, 400, r)
        status, r = self.s.post("/sample", {"n": 1})
        self.assertEqual(status, 400)
        self.assertIn("no examples of its own", r["error"]["message"])

    def test_drift(self):
        for _ in range(20):
            self.s.post("/anomaly_score", {"rows": [PLANTED] * 50})
        drift = [
            line
            for line in self.s.get("/metrics")[1].decode().splitlines()
            if line.startswith("hourglass_drift ")
        ]
        self.assertGreater(float(drift[0].split()[1]), 0.9)

    def test_latent_of_kept_rows(self):
        latent = json.loads(self.s.get("/latent")[1])
        self.assertGreater(len(latent["codes"]), 100)


class Arrays(unittest.TestCase):
    def test_plain_rows(self):
        with Server(PROGRAM, f"{MODELS}/array.h5") as s:
            m = json.loads(s.get("/model")[1])
            self.assertEqual((m["form"], m["example"], m["threshold"]), ("vector", [5], None))
            status, r = s.post("/anomaly_score", {"data": [[1, 2, 3, 4, 5]]})
            self.assertEqual((status, r["threshold"]), (200, None))
            self.assertNotIn("p_values", r)
            self.assertEqual(s.post("/reconstruct", {"data": [[1, 2, 3, 4, 5]]})[0], 200)


class Sequences(unittest.TestCase):
    def test_steps_and_features(self):
        with Server(PROGRAM, f"{MODELS}/sequence.h5") as s:
            m = json.loads(s.get("/model")[1])
            self.assertEqual((m["form"], m["example"], m["latent"]), ("sequence", [20, 2], 3))
            x = [[[i / 20, -i / 20] for i in range(20)]]
            status, r = s.post("/reconstruct", {"data": x})
            self.assertEqual((status, len(r["data"][0]), len(r["data"][0][0])), (200, 20, 2))
            self.assertEqual(s.post("/encode", {"data": [x[0][:19]]})[0], 400)
            decoded = s.post("/decode", {"data": [[0, 0, 0]]})[1]["data"]
            self.assertEqual((len(decoded[0]), len(decoded[0][0])), (20, 2))
            self.assertEqual(len(s.post("/encode", {"data": x})[1]["codes"][0]), 3)


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
