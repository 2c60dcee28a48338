"""The model is exchanged under load, again and again: every request is answered, and every answer is of one of the
two models whole.

    python3 swap_test.py PROGRAM MODELS [SWAPS]        100 unless said otherwise
"""

import json
import os
import shutil
import sys
import tempfile
import threading
import time

from client import Server, program_of

PROGRAM, MODELS = program_of(sys.argv)
SWAPS = int(sys.argv[3]) if len(sys.argv) > 3 else 100
ROWS = json.dumps({"data": [[(i * j) % 11 / 11 for i in range(784)] for j in range(1, 4)]})


def answer_of(file):
    with Server(PROGRAM, file) as s:
        return s.post("/reconstruct", ROWS)[1]


def main():
    known = [answer_of(f"{MODELS}/{name}") for name in ("image.h5", "other.h5")]
    answers, seen, wrong = [0], set(), []
    end = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.h5"
        shutil.copy(f"{MODELS}/image.h5", path)
        with Server(PROGRAM, path, "--quiet") as s:

            def client():
                c = s.connect()
                while not end.is_set():
                    try:
                        status, answer = s.post("/reconstruct", ROWS, connection=c)
                    except OSError as e:
                        wrong.append(repr(e))
                        return
                    if status != 200 or answer not in known:
                        wrong.append(str(answer)[:200])
                    answers[0] += 1
                    seen.add(answer.get("model"))
                c.close()

            threads = [threading.Thread(target=client) for _ in range(6)]
            for t in threads:
                t.start()
            for i in range(SWAPS):
                name, wanted = [("other.h5", known[1]), ("image.h5", known[0])][i % 2]
                shutil.copy(f"{MODELS}/{name}", f"{path}.new")
                os.rename(f"{path}.new", path)
                limit = time.time() + 60
                while json.loads(s.get("/readyz")[1])["model"] != wanted["model"]:
                    assert time.time() < limit, "the new model does not come"
                    time.sleep(0.02)
            end.set()
            for t in threads:
                t.join()
    print(f"{SWAPS} swaps, {answers[0]} answers, all of one of two models")
    assert not wrong, wrong[:3]
    assert seen == {k["model"] for k in known} and answers[0] > SWAPS


main()
