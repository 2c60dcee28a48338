#!/usr/bin/python3
"""Golden numbers from PyTorch for the rows of tests/support/op_table.cpp and for layers and losses.

    tests/golden/make_ops.py > tests/golden/ops.txt        (Debian: python3-torch 1.13)

One line an array:  NAME KIND INDEX value value …   with KIND value | gradient. The gradient is that of sum(y * r),
where r is "input 9" of its row; like the inputs it comes from a formula that any language computes alike (see op_table.h).
"""
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wild(row, i, shape, low=-2.0, high=2.0):
    n = math.prod(shape)
    v = [math.sin(1000.0 * row + 100.0 * i + (k + 1)) * 43758.5453 for k in range(n)]
    return torch.tensor([low + (high - low) * (x - math.floor(x)) for x in v]).reshape(shape)


S, ROW, COL, T = (3, 4), (4,), (3, 1), (2, 3, 4)
POS = (0.5, 2.0)
ROWS = [
    ("add", lambda a, b: a + b, [S, ROW]), ("subtract", lambda a, b: a - b, [S, COL]),
    ("multiply", lambda a, b: a * b, [S, ROW]), ("divide", lambda a, b: a / b, [S, COL], POS),
    ("maximum", torch.maximum, [S, S]), ("minimum", torch.minimum, [S, S]), ("pow", torch.pow, [S, S], POS),
    ("numbers", lambda a: 2.0 - (3.0 / (a * 1.5 + 0.25) - 1.0) / 4.0, [S], POS),
    ("maximum_number", lambda a: torch.clamp(a, min=0.3), [S]), ("minimum_number", lambda a: torch.clamp(a, max=0.3), [S]),
    ("pow_number", lambda a: a ** 2.5, [S], POS), ("neg", torch.neg, [S]), ("abs", torch.abs, [S]), ("sign", torch.sign, [S]),
    ("exp", torch.exp, [S]), ("expm1", torch.expm1, [S]), ("log", torch.log, [S], POS), ("log1p", torch.log1p, [S], (-0.5, 2.0)),
    ("sqrt", torch.sqrt, [S], POS), ("rsqrt", torch.rsqrt, [S], POS), ("square", torch.square, [S]), ("sin", torch.sin, [S]),
    ("cos", torch.cos, [S]), ("tanh", torch.tanh, [S]), ("erf", torch.erf, [S]), ("sigmoid", torch.sigmoid, [S]),
    ("relu", torch.relu, [S]), ("leaky_relu", lambda a: F.leaky_relu(a, 0.2), [S]), ("elu", lambda a: F.elu(a, 1.5), [S]),
    ("selu", F.selu, [S]), ("gelu", F.gelu, [S]), ("silu", F.silu, [S]), ("softplus", F.softplus, [S]),
    ("clip", lambda a: torch.clamp(a, -0.7, 0.9), [S]),
    ("sum", lambda a: a.sum((0, 2)), [T]), ("sum_all", lambda a: a.square().sum(), [T]),
    ("mean", lambda a: a.mean(1, keepdim=True), [T]), ("var", lambda a: a.var((1, 2), unbiased=False), [T]),
    ("std", lambda a: a.std(0, unbiased=False), [(5, 3)]), ("max", lambda a: a.amax(1), [T]), ("min", lambda a: a.amin(2), [T]),
    ("norm", lambda a: a.norm(dim=1), [T]), ("logsumexp", lambda a: a.logsumexp(2), [T]), ("softmax", lambda a: a.softmax(-1), [T]),
    ("log_softmax", lambda a: a.log_softmax(1), [T]), ("cumsum", lambda a: a.cumsum(1), [T]),
    ("sum_to", lambda a: a.sum(0).sum(1, keepdim=True), [T]),
    ("reshape", lambda a: a.reshape(6, 4) ** 2, [T]), ("transpose", lambda a: a.transpose(-1, -2) ** 2, [T]),
    ("permute", lambda a: a.permute(2, 0, 1) ** 2, [T]), ("slice", lambda a: a.flip(1)[:, 0::2, 1:4:2] ** 2, [T]),
    ("squeeze", lambda a: a ** 2, [T]), ("broadcast_to", lambda a: a.expand(2, 3, 4) ** 2, [COL]),
    ("concat", lambda a, b: torch.cat([a, b], 1) ** 2, [(2, 3), (2, 2)]), ("stack", lambda a, b: torch.stack([a, b], 1) ** 2, [(2, 3), (2, 3)]),
    ("split", lambda a: a.split(2, 2)[0] * a.split(2, 2)[1] ** 2, [T]), ("take", lambda a: a[:, [2, 0, 2, -1]] ** 2, [T]),
    ("pad", lambda a: F.pad(a, (0, 2, 1, 0), value=0.5) ** 2, [(2, 3)]), ("flip", lambda a: a.flip((0, 2)) ** 2 * a, [T]),
    ("where", lambda a, b: torch.where(a > 0, a ** 2, b), [T, T]),
    ("matmul", torch.matmul, [(3, 4), (4, 2)]), ("matmul_transposed", lambda a, b: a.T @ b.T, [(4, 3), (2, 4)]),
    ("matmul_batched", torch.matmul, [(2, 1, 3, 4), (3, 4, 2)]),
    ("affine", lambda x, w, b: x @ w + b, [(3, 4), (4, 2), (2,)], (-1.0, 1.0)),
    ("affine_relu", lambda x, w, b: torch.relu(x @ w + b), [(3, 4), (4, 5), (5,)], (-1.0, 1.0)),
    ("affine_sigmoid", lambda x, w, b: torch.sigmoid(x @ w + b), [(3, 4), (4, 2), (2,)], (-1.0, 1.0)),
    ("affine_tanh", lambda x, w, b: torch.tanh(x @ w + b), [(3, 4), (4, 2), (2,)], (-1.0, 1.0)),
    ("affine_no_bias", lambda x, w: x @ w, [(3, 4), (4, 2)], (-1.0, 1.0)),
    ("mse", F.mse_loss, [S, S]), ("bce_with_logits", F.binary_cross_entropy_with_logits, [S, S], (0.0, 1.0)),
]

UNIT = (0.02, 0.98)
EXTRA = [  # layers and losses, rows 500 + k
    ("Dense", lambda x, w, b: F.elu(x @ w + b), [(2, 3, 4), (4, 5), (5,)]),
    ("loss_mse_sum", lambda p, t: F.mse_loss(p, t, reduction="sum"), [S, S]),
    ("loss_mse_batch", lambda p, t: F.mse_loss(p, t, reduction="sum") / 3, [S, S]),
    ("loss_mae", F.l1_loss, [S, S]),
    ("loss_huber", lambda p, t: F.huber_loss(p, t, delta=0.7), [S, S]),
    ("loss_bce", F.binary_cross_entropy, [S, S], UNIT),
    ("loss_bce_logits_sum", lambda p, t: F.binary_cross_entropy_with_logits(p, t, reduction="sum"), [S, S], UNIT),
    ("loss_categorical", lambda p, t: -(t * p.log()).sum(-1).mean(), [S, S], UNIT),
    ("loss_categorical_logits", lambda p, t: -(t * p.log_softmax(-1)).sum(-1).mean(), [S, S], UNIT),
    ("loss_kl", lambda p, t: F.kl_div(p.log(), t, reduction="batchmean"), [S, S], UNIT),
    ("l1l2", lambda w: 0.1 * w.abs().sum() + 0.01 * w.square().sum(), [S]),
]


def emit(name, kind, index, x):
    values = x.detach().reshape(-1).tolist()
    print(name, kind, index, *(repr(float(v)) for v in values))


def emit_rows(rows, first):
    """The values and gradients of rows (name, function, shapes of the inputs, bounds of the inputs), numbered from `first`."""
    for row, entry in enumerate(rows, first):
        name, fn, shapes = entry[:3]
        bounds = entry[3] if len(entry) > 3 else (-2.0, 2.0)
        x = [wild(row, i, s, *bounds).requires_grad_(True) for i, s in enumerate(shapes)]
        y = fn(*x)
        emit(name, "value", 0, y)
        weights = wild(row, 9, tuple(y.shape))
        for i, g in enumerate(torch.autograd.grad((y * weights).sum(), x, allow_unused=True)):
            emit(name, "gradient", i, torch.zeros_like(x[i]) if g is None else g)


if __name__ == "__main__":
    emit_rows(ROWS, 0)
    emit_rows(EXTRA, 500)
