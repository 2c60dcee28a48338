"""Hostile clients: mutated requests, slow ones, 2,000 that are idle, floods of headers; and honest ones among them,
every request of which has to be answered. The service must live, keep its memory, and end in order.

    python3 hostile.py PROGRAM MODELS [REQUESTS [SEED]]        20,000 and 1 unless said otherwise

The service is best one that was built with -DHOURGLASS_SANITIZE=address,undefined; a finding ends it with a
status of its own, and this with 1.
"""

import json
import os
import random
import resource
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../service"))
from client import Server, png  # noqa: E402

ROW = {"city": "Bern", "income": 50000, "rent": 1000, "age": 40}
METHODS = [
    b"GET",
    b"POST",
    b"PUT",
    b"HEAD",
    b"DELETE",
    b"OPTIONS",
    b"PATCH",
    b"TRACE",
    b"CONNECT",
    b"PRI",
    b"get",
    b"",
    b"X" * 300,
]
PATHS = [
    b"/encode",
    b"/decode",
    b"/reconstruct",
    b"/anomaly_score",
    b"/explain",
    b"/sample",
    b"/",
    b"/healthz",
    b"/readyz",
    b"/metrics",
    b"/openapi.json",
    b"/model",
    b"/latent",
    b"/../../etc/passwd",
    b"/%2e%2e/%00",
    b"//encode",
    b"/encode?x=1&x=%zz",
    b"/%0d%0aX: y",
    b"http://other/encode",
    b"*",
    b"/" + b"a" * 7000,
    b"/encode#x",
    b"/\xff\xfe",
]
TYPES = [
    b"application/json",
    b"image/png",
    b"multipart/form-data; boundary=b",
    b"multipart/form-data",
    b"text/plain",
    b"",
    b"APPLICATION/JSON; charset=utf-8",
    b"multipart/form-data; boundary=" + b"b" * 100,
]
ODD = [
    b"Range: bytes=" + b"0-0," * 1500,
    b"Expect: 100-continue",
    b"Transfer-Encoding: gzip",
    b"Content-Encoding: gzip",
    b"Accept-Encoding: gzip, br",
    b"Connection: Upgrade",
    b"Upgrade: h2c",
    b"X-Request-Id: a\tb",
    b"X-Request-Id: " + b"z" * 500,
    b"Authorization: Bearer " + b"x" * 4000,
    b"Accept: image/png",
    b"Cookie: " + b"a=b; " * 500,
    b"Host: \"\\\xff",
    b"REMOTE_ADDR: 1.2.3.4",
    b"Content-Type: text/plain",
    b"X: {\"event\":\"forged\"}",
    b"Content-Length: 10",
    b"bad header",
    b" folded",
    b":",
    b"\0: 1",
]


def nested(r):
    depth = r.choice([1, 2, 7, 8, 9, 1000, 60000])
    return b'{"data": ' + b"[" * depth + b"1" + b"]" * r.choice([depth, depth - 1, depth + 1]) + b"}"


def good_bodies():
    image = [[i % 5 / 5 for i in range(784)]]
    return [
        json.dumps(b).encode()
        for b in (
            {"data": image},
            {"rows": [ROW]},
            {"rows": [ROW, {**ROW, "rent": None}]},
            {"data": [[0.1] * 64]},
            {"n": 3, "seed": 1},
            {"data": [[1, 2, 3, 4]]},
        )
    ] + [png([[j * 9 % 256 for j in range(28)] for _ in range(28)])]


def odd_bodies(r):
    yield nested(r)
    yield b'{"data": [[' + b",".join(
        [r.choice([b"NaN", b"1e999", b"-0", b"1e-400", b"null", b'"1"', b"[]", b"{}"])] * 9
    ) + b"]]}"
    yield b'{"data": [' + b"[" + b"0," * r.randrange(1, 2000) + b"0]" + b"]}"
    yield b'{"rows": [' + b",".join([b"{}"] * r.randrange(0, 3000)) + b"]}"
    yield b'{"rows": [{' + b",".join(b'"c%d": 1' % i for i in range(r.randrange(1, 12000))) + b"}]}"
    yield b'{"' + b"k" * 50000 + b'": 1}'
    yield b'{"rows": [{"city": "' + r.randbytes(200).replace(b'"', b"") + b'"}]}'
    yield b"--b\r\nA: b\r\n\r\n" * r.randrange(1, 300) + b"--b--"
    yield r.randbytes(r.randrange(0, 3000))


def mutate(r, data):
    data = bytearray(data)
    for _ in range(r.choice([0, 1, 1, 2, 5])):
        at = r.randrange(len(data) + 1)
        match r.randrange(5):
            case 0 if at < len(data):
                data[at] ^= 1 << r.randrange(8)
            case 1:
                data[at:at] = r.randbytes(r.randrange(1, 20))
            case 2:
                del data[at : at + r.randrange(1, 40)]
            case 3:
                data[at:at] = r.choice(
                    [b"\r\n", b"\r\n\r\n", b"\0", b"\xff\xfe", b'"', b"[[", b"%00", b"1e308", b"-"]
                )
            case 4:
                begin = r.randrange(len(data) + 1)
                data[at:at] = data[begin : begin + r.randrange(1, 60)]
    return bytes(data)


def request_of(r, bodies):
    body = r.choice(bodies) if r.random() < 0.6 else r.choice(list(odd_bodies(r)))
    if r.random() < 0.5:
        body = mutate(r, body)
    method = r.choice(METHODS) if r.random() < 0.2 else b"POST"
    lines = [
        method
        + b" "
        + r.choice(PATHS[:6] if r.random() < 0.7 else PATHS)
        + b" HTTP/1."
        + r.choice([b"1"] * 8 + [b"0", b"2"])
    ]
    lines.append(
        b"Content-Type: " + (r.choice(TYPES) if r.random() < 0.3 else TYPES[body.startswith(b"\x89PNG")])
    )
    lines += [r.choice(ODD) for _ in range(r.choice([0, 0, 0, 1, 2]))]
    if r.random() < 0.15:
        lines.append(b"Transfer-Encoding: chunked")
        body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:7], body[7:]) if p) + r.choice(
            [b"0\r\n\r\n", b"0\r\n", b"zz\r\n"]
        )
    else:
        lines.append(b"Content-Length: %d" % (len(body) + r.choice([0] * 9 + [-1, 1, 7, 1 << 40])))
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    return (mutate(r, head) if r.random() < 0.3 else head) + body


def send(port, data):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as c:
            c.sendall(data)
            c.shutdown(socket.SHUT_WR)
            while c.recv(1 << 16):
                pass
    except OSError:
        pass


class Honest(threading.Thread):
    """Asks on, and remembers what was not answered and how long the slowest took."""

    def __init__(self, server, path, body):
        super().__init__()
        self.server, self.path, self.body = server, path, body
        self.ends, self.wrong, self.answered, self.slowest = threading.Event(), [], 0, 0.0

    def run(self):
        c = self.server.connect(timeout=30)
        while not self.ends.is_set():
            begun = time.time()
            try:
                status, answer = self.server.post(self.path, self.body, connection=c)
                if status != 200:
                    self.wrong.append(str(answer)[:300])
            except Exception as e:  # pylint: disable=broad-except
                self.wrong.append(repr(e))
                c.close()
            self.answered += 1
            self.slowest = max(self.slowest, time.time() - begun)
            time.sleep(0.01)
        c.close()


def slow_clients(port, ends):
    """Who sends a byte a second."""
    sockets = []
    for i in range(100):
        c = socket.create_connection(("127.0.0.1", port), timeout=5)
        c.setblocking(False)
        sockets.append(c)
    text = (
        b"POST /encode HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        + b" " * 1000
    )
    at = 0
    while not ends.wait(1.0):
        for c in sockets:
            try:
                c.send(text[at % len(text) : at % len(text) + 1])
            except OSError:
                pass
        at += 1
    for c in sockets:
        c.close()


def attack(server, honest, count, seed):
    bodies = good_bodies()
    ends = threading.Event()
    threading.Thread(target=slow_clients, args=(server.port, ends), daemon=True).start()
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(2000)]
    memory = [server.resident()]
    each = max(1, count // 8)

    def worker(number):
        for i in range(each):
            send(server.port, request_of(random.Random(f"{seed} {number} {i}"), bodies))
            if number == 0 and i % 500 == 499:
                memory.append(server.resident())

    threads = [threading.Thread(target=worker, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    ends.set()
    for c in idle:
        c.close()
    memory.append(server.resident())
    time.sleep(0.5)
    assert server.get("/readyz")[0] == 200, "it is not ready any more"
    return 8 * each, memory, honest


def main():
    program, models = [sys.argv[1]], sys.argv[2]
    count, seed = int((sys.argv[3:4] or ["20000"])[0]), int((sys.argv[4:5] or ["1"])[0])
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2
    )
    status = 0
    for model, path, body in (
        ("table.h5", "/anomaly_score", {"rows": [ROW]}),
        ("variational.h5", "/encode", {"data": [[0.5] * 784]}),
    ):
        server = Server(program, f"{models}/{model}", "--max-body", "300000")
        honest = Honest(server, path, body)
        honest.start()
        try:
            sent, memory, _ = attack(server, honest, count // 2, seed)
        finally:
            honest.ends.set()
            honest.join()
        for line in server.log_text().splitlines():
            assert json.loads(line)["event"] in ("start", "request", "refused"), line
        ended = server.process.poll()
        ended = server.stop() if ended is None else ended
        print(
            f"{model}: {sent} requests, 2000 idle and 100 slow clients; honest: {honest.answered} answered, "
            f"{len(honest.wrong)} not, the slowest in {honest.slowest:.2f} s; memory {memory[0] >> 20} MB, at most "
            f"{max(memory) >> 20} MB, at the end {memory[-1] >> 20} MB; status {ended}"
        )
        if ended != 0 or honest.wrong or not honest.answered:
            print(honest.wrong[:3])
            status = 1
    sys.exit(status)


if __name__ == "__main__":
    main()
