#!/usr/bin/python3
"""What bench/shapes does, in PyTorch: the same networks and batches, forward + backward + Adam, float32. --channels-last
takes that memory layout for images. shapes.py sets its environment."""
import argparse
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--repeats", type=int, default=5)
    p.add_argument("--block", type=float, default=0.02)
    p.add_argument("--channels-last", action="store_true")
    return p.parse_args()


def time_of(step, repeats, block):
    """As in timing.h: the median of blocks of calls, after a warm-up."""
    for _ in range(3):
        step()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < 0.03:
        step()
        count += 1
    calls = max(int(block / (time.perf_counter() - start) * count), 1)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(calls):
            step()
        times.append((time.perf_counter() - start) / calls)
    return statistics.median(times)


def measure(a, shape, net, x):
    if a.channels_last and x.dim() == 4:
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, foreach=False)

    def step():
        adam.zero_grad(set_to_none=True)
        F.mse_loss(net(x), x).backward()
        adam.step()

    seconds = time_of(step, a.repeats, a.block)
    print(f"shape={shape} batch={len(x)} threads={a.threads} median_ms={seconds * 1e3:.4f} "
          f"images_per_s={len(x) / seconds:.1f}", flush=True)


def dense(width):
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))


def convolutional(k):
    pad = k // 2
    return nn.Sequential(nn.Conv2d(3, 16, k, 1, pad), nn.ReLU(), nn.Conv2d(16, 16, k, 2, pad), nn.ReLU(),
                         nn.ConvTranspose2d(16, 16, k, 2, pad, 1), nn.ReLU(), nn.Conv2d(16, 3, k, 1, pad))


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    torch.set_flush_denormal(True)
    if not a.channels_last:
        for width in (10, 33, 100, 500, 1000):
            for batch in (1, 7, 50, 200, 1000):
                measure(a, f"dense_{width}", dense(width), torch.rand(batch, width))
    for size in (32, 64):
        for kernel in (3, 5):
            for batch in (1, 7, 50):
                measure(a, f"image_{size}x{kernel}", convolutional(kernel), torch.rand(batch, 3, size, size))


if __name__ == "__main__":
    main()
