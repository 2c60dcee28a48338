#!/usr/bin/env python3
"""Runs bench/shapes and shapes_torch.py in turns and prints, for each shape, the ratio of their best rounds as a table in
Markdown, the slowest first.

    bench/shapes.py --threads 1,2
    HOURGLASS_INSTRUCTIONS=avx2 bench/shapes.py            PyTorch is restricted to AVX2 as well

PyTorch gets the better of its two memory layouts, its OpenMP build of OpenBLAS and a malloc that keeps its memory.
"""
import argparse
import os
import subprocess
import sys

from compare import AVX2_ALONE, fields, has_avx512, tuned

HERE = os.path.dirname(os.path.abspath(__file__))


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--threads", default="1,2", help="a comma list")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--build", default=os.path.join(HERE, "..", "build", "release"))
    return p.parse_args()


def peer_environment(threads):
    env = tuned(dict(os.environ), "shapes_torch", threads)
    if os.environ.get("HOURGLASS_INSTRUCTIONS") == "avx2" or not has_avx512():
        return {**env, **AVX2_ALONE}
    return {**env, "ATEN_CPU_CAPABILITY": "avx512", "OPENBLAS_CORETYPE": "SkylakeX"}


def run(command, env, best):
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"shapes: {' '.join(command)} failed:\n{done.stderr}")
    for line in map(fields, done.stdout.splitlines()):
        key = line["shape"], int(line["batch"])
        best[key] = max(best.get(key, 0.0), float(line["images_per_s"]))


def compare(a, threads):
    ours, peer = {}, {}
    torch = ["/usr/bin/python3", os.path.join(HERE, "shapes_torch.py"), "--threads", threads]
    for _ in range(a.rounds):
        run([os.path.join(a.build, "bench", "shapes"), "--threads", threads], dict(os.environ), ours)
        run(torch, peer_environment(threads), peer)
        run(torch + ["--channels-last"], peer_environment(threads), peer)
    print(f"| shape, {threads} thread{'s' if threads != '1' else ''} | batch | images/s | PyTorch | ratio |")
    print("| --- | --- | --- | --- | --- |")
    for key in sorted(ours, key=lambda k: ours[k] / peer[k]):
        print(f"| {key[0]} | {key[1]} | {ours[key]:.0f} | {peer[key]:.0f} | {ours[key] / peer[key]:.2f} |")


def main():
    a = arguments()
    for threads in a.threads.split(","):
        compare(a, threads)


if __name__ == "__main__":
    main()
