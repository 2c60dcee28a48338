"""The service with rows of a table, plain numbers and sequences.

    python3 service_rows_test.py PROGRAM MODELS
"""

import json
import random
import sys
import unittest

from client import Server, png, program_of

PROGRAM, MODELS = program_of(sys.argv)
ROW = {"city": "Bern", "income": 50000, "rent": 1000, "age": 40}
PLANTED = {**ROW, "rent": 3000}


def image(seed=1):
    r = random.Random(seed)
    return [[r.randrange(256) if 5 < i < 22 and 5 < j < 22 else 0 for j in range(28)] for i in range(28)]


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


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
