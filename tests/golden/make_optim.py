#!/usr/bin/python3
"""Golden numbers from PyTorch: parameters after ten steps of each optimizer.

    tests/golden/make_optim.py > tests/golden/optim.txt        (Debian: python3-torch 1.13)

The loss is Σ c (w − t)⁴ + w² with w, c, t from the formula in tests/support/golden.h (rows 800, inputs 0, 1, 2).
"""
import math
import torch

torch.set_default_dtype(torch.float64)


def wild(i, n=7, low=-2.0, high=2.0):
    v = [math.sin(1000.0 * 800 + 100.0 * i + (k + 1)) * 43758.5453 for k in range(n)]
    return torch.tensor([low + (high - low) * (x - math.floor(x)) for x in v])


O = torch.optim
CASES = {
    "sgd": lambda p: O.SGD(p, lr=0.01),
    "sgd_momentum": lambda p: O.SGD(p, lr=0.01, momentum=0.9),
    "sgd_nesterov": lambda p: O.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-7),
    "rmsprop_momentum_centered": lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-7, momentum=0.5, centered=True),
    "adagrad": lambda p: O.Adagrad(p, lr=0.05, initial_accumulator_value=0.1, eps=1e-7),
    "adadelta": lambda p: O.Adadelta(p, lr=1.0, rho=0.95, eps=1e-7),
    "adam": lambda p: O.Adam(p, lr=0.05, eps=1e-7),
    "adam_amsgrad": lambda p: O.Adam(p, lr=0.05, eps=1e-7, amsgrad=True),
    "adamw": lambda p: O.AdamW(p, lr=0.05, eps=1e-7, weight_decay=0.1),
}
for name, make in CASES.items():
    w = wild(0).requires_grad_(True)
    c, t = wild(1, low=0.1, high=1.0), wild(2)
    optimizer = make([w])
    for _ in range(10):
        optimizer.zero_grad()
        ((c * (w - t) ** 4).sum() + (w ** 2).sum()).backward()
        optimizer.step()
    print(name, "value", 0, *(repr(float(v)) for v in w.detach()))
