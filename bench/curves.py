#!/usr/bin/env python3
"""How the cost of a training step grows: microseconds an image over batch size, hidden width and threads.

    bench/curves.py --out out/curves --peer torch_bench.py

Writes batch.csv, width.csv and threads.csv (case, x, microseconds an image, the peer's) and, where gnuplot is installed,
a picture of each. The peer is the program that compare.py takes. A script among them has no widths; beside that curve
stands bench/libtorch, if it was built. The width of f2 is the filters of its first layer.
"""
import argparse
import os
import shutil
import subprocess
import sys

from compare import environments, measure, peer_command, tuned

SWEEPS = {  # name: (cases, flag, values)
    "batch": (("a", "e", "f2"), "--batch", (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)),
    "width": (("a", "e", "f2"), "--width", (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)),
    "threads": (("a", "e", "f2"), "--threads", (1, 2, 3, 4)),
}
# The work of f2 grows with the square of its filters: up to so many filters, batches of so many images. With
# 4096 of them the parameters, their gradients and Adam's moments take 20 GB.
IMAGES = {128: "128", 512: "16", 2048: "4"}


def arguments():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", default="out/curves")
    p.add_argument("--build", default=os.path.join(here, "..", "build", "release"))
    p.add_argument("--peer", default=os.path.join(here, "..", "..", "shared", "peers", "torch_bench.py"))
    return p.parse_args()


def microseconds(command, env):
    return 1e6 / float(measure(command, env)["images_per_s"])


def peer_for(a, flag):
    libtorch = os.path.join(a.build, "bench", "libtorch")
    return libtorch if flag == "--width" and a.peer.endswith(".py") else a.peer


def sweep(a, name, rows):
    cases, flag, values = SWEEPS[name]
    env, peer_env = environments(False)
    peer = peer_for(a, flag)
    for case in cases:
        for value in values:
            flags = ["--case", case, "--repeats", "3", "--block", "0.1", flag, str(value)]
            if case == "f2" and flag == "--width":
                images = [n for most, n in IMAGES.items() if value <= most]
                if not images:
                    continue
                flags += ["--batch", images[0]]
            own = microseconds([os.path.join(a.build, "bench", "train_step")] + flags, env)
            other = ""
            if os.path.exists(peer):
                threads = str(value) if flag == "--threads" else "1"
                other = f"{microseconds(peer_command(peer) + flags, tuned(peer_env, peer, threads)):.3f}"
            rows.append(f"{case},{value},{own:.3f},{other}")
            print(name, rows[-1], flush=True)


def draw(a, name):
    cases = SWEEPS[name][0]
    lines = []
    for i, case in enumerate(cases):
        for column, who, dash in ((3, "Hourglass", 1), (4, "PyTorch", 2)):
            lines.append(f"'{name}.csv' every ::1 using (strcol(1) eq '{case}' ? $2 : NaN):{column} with linespoints "
                         f"lw 2 dt {dash} lc {i + 1} title '{case}, {who}'")
    script = (f"set terminal pngcairo size 900,600 font 'sans,11'\nset output '{name}.png'\nset datafile separator ','\n"
              f"set logscale xy\nset grid\nset key outside right\nset xlabel '{name}'\nset ylabel 'microseconds an image'\n"
              "plot " + ", \\\n     ".join(lines) + "\n")
    with open(os.path.join(a.out, name + ".gp"), "w", encoding="utf-8") as f:
        f.write(script)
    if shutil.which("gnuplot"):
        subprocess.run(["gnuplot", name + ".gp"], cwd=a.out, check=False)


def main():
    a = arguments()
    os.makedirs(a.out, exist_ok=True)
    if not os.path.exists(a.peer):
        print(f"curves: no peer program at {a.peer}; drawing without", file=sys.stderr)
    for name in SWEEPS:
        rows = ["case," + name + ",us_per_image,peer_us_per_image"]
        sweep(a, name, rows)
        with open(os.path.join(a.out, name + ".csv"), "w", encoding="utf-8") as f:
            f.write("\n".join(rows) + "\n")
        draw(a, name)


if __name__ == "__main__":
    main()
