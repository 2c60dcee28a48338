"""Each path of the service and each error for images: JSON, PNG, forms, metrics, log lines.

    python3 service_test.py PROGRAM MODELS
"""

import json
import random
import socket
import sys
import unittest

from client import Server, floats_of_png, png, png_size, program_of

PROGRAM, MODELS = program_of(sys.argv)


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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
