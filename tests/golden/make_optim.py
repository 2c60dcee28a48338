#!/usr/bin/python3
"""Golden numbers from PyTorch: parameters after ten steps of each optimizer.

    /usr/bin/python3 tests/golden/make_optim.py > tests/golden/optim.txt        (Debian: python3-torch 1.13)

The loss is Σ c (w − t)⁴ + w² with w, c, t the inputs 0, 1, 2 of "optim" (tests/support/golden.h).
"""
import torch

from golden import emit, wild

O = torch.optim
CASES = {
    "sgd": lambda p: O.SGD(p, lr=0.01),
    "sgd_momentum": lambda p: O.SGD(p, lr=0.01, momentum=0.9),
    "sgd_nesterov": lambda p: O.SGD(p, lr=0.01, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-7),
    "rmsprop_momentum_centered": lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-7, momentum=0.5,
                                                     centered=True),
    "adagrad": lambda p: O.Adagrad(p, lr=0.05, initial_accumulator_value=0.1, eps=1e-7),
    "adadelta": lambda p: O.Adadelta(p, lr=1.0, rho=0.95, eps=1e-7),
    "adam": lambda p: O.Adam(p, lr=0.05, eps=1e-7),
    "adam_amsgrad": lambda p: O.Adam(p, lr=0.05, eps=1e-7, amsgrad=True),
    "adamw": lambda p: O.AdamW(p, lr=0.05, eps=1e-7, weight_decay=0.1),
}
for name, make in CASES.items():
    w = wild("optim", 0, (7,)).requires_grad_(True)
    c, t = wild("optim", 1, (7,), 0.1, 1.0), wild("optim", 2, (7,))
    optimizer = make([w])
    for _ in range(10):
        optimizer.zero_grad()
        ((c * (w - t) ** 4).sum() + (w ** 2).sum()).backward()
        optimizer.step()
    emit(name, "value", 0, w)
