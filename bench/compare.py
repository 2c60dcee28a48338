#!/usr/bin/env python3
"""Runs train_step and a PyTorch program for the same cases alternately and prints the ratios of their medians.

    bench/compare.py --case a,b,e,f2 --batch 128 --threads 1,2 --peer torch_bench.py
    bench/compare.py --peer build/release/bench/libtorch

The peer is a program with the flags --case --batch --threads --repeats --block [--infer] [--channels-last] that prints
lines with the keys case, batch, threads and images_per_s; libtorch is one. It runs with the best kernels: OPENBLAS_CORETYPE
is taken from its environment, and set to SkylakeX where the processor has AVX-512, as the library does for itself; --keep
leaves both as the environment has them, --instructions avx2 restricts both. A program that is not a script is given
OpenBLAS's OpenMP build and a malloc that
keeps its memory, as a script is expected to do for itself. A round is one measurement of each; the ratio is that of the
medians, the spread that of the single rounds. The geometric mean leaves the recurrent case g out.
"""
import argparse
import math
import os
import statistics
import subprocess
import sys

CONV = ("f1", "f2", "f2v")


def arguments():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--case", default="a,b,ca,cb,d,e,f1,f2,f2v,g")
    p.add_argument("--batch", default="128", help="a comma list")
    p.add_argument("--threads", default="1,2", help="a comma list")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--infer", action="store_true", help="forward only")
    p.add_argument("--instructions", choices=["avx2"], help="restrict both to AVX2, on a machine with AVX-512")
    p.add_argument("--keep", action="store_true", help="leave OpenBLAS's choice of kernels to both")
    p.add_argument("--build", default=os.path.join(here, "..", "build", "release"))
    p.add_argument("--peer", default=os.path.join(here, "..", "..", "shared", "peers", "torch_bench.py"))
    return p.parse_args()


def fields(line):
    return dict(word.split("=", 1) for word in line.split() if "=" in word)


def measure(command, env):
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    lines = [fields(l) for l in done.stdout.splitlines() if "images_per_s=" in l]
    if done.returncode != 0 or not lines:
        sys.exit(f"compare: {' '.join(command)} failed:\n{done.stderr or done.stdout}")
    return lines[-1]


def has_avx512():
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
            return "avx512vl" in f.read()
    except OSError:
        return False


AVX2_ALONE = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "OPENBLAS_CORETYPE": "Haswell"}


def environments(keep, instructions):
    ours, peer = dict(os.environ), dict(os.environ)
    if instructions:
        ours["HOURGLASS_INSTRUCTIONS"] = instructions
        peer.update(AVX2_ALONE)
        return ours, peer
    if keep:
        ours["HOURGLASS_BLAS_KERNELS"] = "keep"
        return ours, peer
    peer.pop("OPENBLAS_CORETYPE", None)
    if has_avx512():
        peer["OPENBLAS_CORETYPE"] = "SkylakeX"
    return ours, peer


def peer_command(peer):
    return ["/usr/bin/python3", peer] if peer.endswith(".py") else [peer]


def tuned(env, peer, threads):
    if peer.endswith(".py"):
        return env
    return {**env, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads,
            "LD_LIBRARY_PATH": f"/usr/lib/{os.uname().machine}-linux-gnu/openblas-openmp",
            "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "8589934592", "MALLOC_TOP_PAD_": "268435456"}


def compare(a, case, batch, threads):
    flags = ["--case", case, "--batch", batch, "--threads", threads, "--repeats", "3", "--block", "0.2"]
    flags += ["--infer"] if a.infer else []
    ours = [os.path.join(a.build, "bench", "train_step")] + flags
    layouts = [[], ["--channels-last"]] if case in CONV else [[]]
    restricted = ["--capability", a.instructions] if a.instructions and a.peer.endswith(".py") else []
    peers = [peer_command(a.peer) + flags + layout + restricted for layout in layouts]
    env, peer_env = environments(a.keep, a.instructions)
    peer_env = tuned(peer_env, a.peer, threads)
    own, other, trips, last, peer_rss = [], [[] for _ in peers], [], {}, {}
    for _ in range(a.rounds):
        last = measure(ours, env)
        own.append(float(last["images_per_s"]))
        trips += [int(last["round_trip_ns"])] if "round_trip_ns" in last else []
        for layout, command in enumerate(peers):
            line = measure(command, peer_env)
            other[layout].append(float(line["images_per_s"]))
            peer_rss[layout] = line.get("peak_rss_mb", "")
    chosen = max(range(len(peers)), key=lambda layout: statistics.median(other[layout]))  # its best memory layout
    best = other[chosen]
    rounds = [x / y for x, y in zip(own, best)]
    ratio = statistics.median(own) / statistics.median(best)
    words = {"case": case, "batch": batch, "threads": threads, "infer": int(a.infer),
             "images_per_s": f"{statistics.median(own):.0f}", "peer_images_per_s": f"{statistics.median(best):.0f}",
             "ratio": f"{ratio:.2f}", "ratio_min": f"{min(rounds):.2f}", "ratio_max": f"{max(rounds):.2f}"}
    words.update({key: last[key] for key in ("instructions", "blas", "allocations_per_step", "peak_rss_mb") if key in last})
    if trips:
        words["round_trip_ns"] = f"{min(trips)}..{max(trips)}"
    words["peer_peak_rss_mb"] = peer_rss[chosen]
    print(" ".join(f"{key}={value}" for key, value in words.items()), flush=True)
    return ratio


def main():
    a = arguments()
    if not os.path.exists(a.peer):
        sys.exit(f"compare: no peer program at {a.peer}; name it with --peer")
    for threads in a.threads.split(","):
        pairs = [(case, compare(a, case, batch, threads)) for case in a.case.split(",") for batch in a.batch.split(",")]
        ratios = [ratio for case, ratio in pairs if case != "g"] or [ratio for _, ratio in pairs]
        mean = math.exp(statistics.fmean(math.log(r) for r in ratios))
        print(f"threads={threads} cases={len(ratios)} geometric_mean_ratio={mean:.2f}", flush=True)


if __name__ == "__main__":
    main()
