"""A service for a long time: many requests of all kinds over connections that stay, and its memory before, between
and after. Fails if the last tenth needs more memory than the first by 4 MB, or a request is not answered.

    python3 soak.py PROGRAM MODELS [REQUESTS]        2,000,000 unless said otherwise; needs wrk
"""

import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/app/service"))
from client import Server  # noqa: E402

LUA = """
local bodies = {%s}
local n = 0
request = function()
  n = n + 1
  local b = bodies[n %% #bodies + 1]
  return wrk.format(b[1], b[2], {["Content-Type"] = "application/json"}, b[3])
end
function done(s) io.write(string.format("done %%d %%d\\n", s.requests, s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout)) end
"""


def main():
    program, models, wanted = (
        [sys.argv[1]],
        sys.argv[2],
        int((sys.argv + ["", "", "2000000"])[3] if len(sys.argv) > 3 else 2000000),
    )
    row = {"data": [[i % 7 / 7 for i in range(784)]]}
    requests = [
        ("POST", "/encode", row),
        ("POST", "/anomaly_score", row),
        ("POST", "/reconstruct", row),
        ("POST", "/decode", {"data": [[0.1] * 64]}),
        ("POST", "/encode", {"data": [[1]]}),
        ("GET", "/healthz", None),
        ("GET", "/metrics", None),
        ("GET", "/nothing", None),
        ("POST", "/encode", {"data": [[0.5] * 784] * 5}),
    ]
    lua = LUA % ", ".join(
        "{%s, %s, %s}"
        % (json.dumps(m), json.dumps(p), "nil" if b is None else "[==[" + json.dumps(b) + "]==]")
        for m, p, b in requests
    )
    done, memory = 0, []
    with tempfile.TemporaryDirectory() as folder, Server(program, f"{models}/image.h5", "--quiet") as s:
        script = os.path.join(folder, "soak.lua")
        with open(script, "w", encoding="utf-8") as f:
            f.write(lua)
        while done < wanted:
            out = subprocess.run(
                ["wrk", "-t", "1", "-c", "64", "-d", "10s", "-s", script, f"http://127.0.0.1:{s.port}"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            count, errors = map(int, re.search(r"done (\d+) (\d+)", out).groups())
            assert errors == 0, out
            done += count
            memory.append((done, s.resident() / 2**20))
            print(f"{done:>9} requests, {memory[-1][1]:.1f} MB", flush=True)
        first = max(m for n, m in memory[: max(1, len(memory) // 10)])
        last = max(m for n, m in memory[-max(1, len(memory) // 10) :])
        print(f"first tenth {first:.1f} MB, last tenth {last:.1f} MB")
        if last > first + 4:
            sys.exit("memory grows")


if __name__ == "__main__":
    main()
