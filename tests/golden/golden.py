"""What the scripts here share: inputs by name, and lines of golden numbers.

One line an array:  NAME KIND INDEX value value …   with KIND value | gradient. The gradient is that of
sum(y * r), where r is "input 9" of the row. Inputs come from the row's name by a formula that any language
computes alike (tests/support/golden.h), so that a row that is added or moved changes no other.
"""
import math

import torch

torch.set_default_dtype(torch.float64)


def number_of(name):
    h = 0
    for c in name.encode():
        h = (31 * h + c) % 9973
    return h


def wild(name, i, shape, low=-2.0, high=2.0):
    n = math.prod(shape)
    v = [math.sin(1000.0 * number_of(name) + 100.0 * i + (k + 1)) * 43758.5453 for k in range(n)]
    return torch.tensor([low + (high - low) * (x - math.floor(x)) for x in v]).reshape(shape)


def emit(name, kind, index, x):
    values = x.detach().reshape(-1).tolist()
    print(name, kind, index, *(repr(float(v)) for v in values))


def emit_rows(rows):
    """The values and gradients of rows (name, function, shapes of the inputs, bounds of the inputs)."""
    for name, fn, shapes, *bounds in rows:
        x = [wild(name, i, s, *(bounds[0] if bounds else ())) for i, s in enumerate(shapes)]
        x = [v.requires_grad_(True) for v in x]
        y = fn(*x)
        emit(name, "value", 0, y)
        if not y.requires_grad:
            y = y + 0.0 * sum(v.sum() for v in x)
        weights = wild(name, 9, tuple(y.shape))
        for i, g in enumerate(torch.autograd.grad((y * weights).sum(), x, allow_unused=True)):
            emit(name, "gradient", i, torch.zeros_like(x[i]) if g is None else g)
