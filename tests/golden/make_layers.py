#!/usr/bin/python3
"""Golden numbers from PyTorch for the rows of tests/autograd/ops/layer_ops_test.cpp: pooling, upsampling, normalization, divergences.

    tests/golden/make_layers.py > tests/golden/layers.txt        (Debian: python3-torch 1.13)

Lines as in make_ops.py. Images are channels last here and channels first in PyTorch.
"""
import torch
import torch.nn.functional as F

from make_ops import emit_rows


def images(f):
    return lambda x, *rest: f(x.permute(0, 3, 1, 2).contiguous(), *rest).permute(0, 2, 3, 1)


def batch_norm(x, g, b):
    y = F.batch_norm(x.reshape(-1, x.shape[-1]), None, None, g, b, training=True, eps=1e-3)
    return y.reshape(x.shape)


def kl(m, l):
    q = torch.distributions.Normal(m, torch.exp(0.5 * l))
    return torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum() / m.shape[0]


def kl_bernoulli(q):
    p = torch.distributions.Bernoulli(torch.full_like(q, 0.2))
    return torch.distributions.kl_divergence(p, torch.distributions.Bernoulli(q)).sum()


def lstm(x, w, u, b):  # PyTorch keeps the transposed kernels, and two biases
    first = x.new_zeros(1, x.shape[1], u.shape[0])
    return torch.lstm(x, (first, first), (w.T, u.T, b, torch.zeros_like(b)), True, 1, 0.0, False, False, False)[0]


X = (2, 5, 6, 3)
ROWS = [
    ("max_pool", images(lambda x: F.max_pool2d(x, 2)), [X]),
    ("max_pool_overlapping", images(lambda x: F.max_pool2d(x, (3, 2), (2, 1))), [X]),
    ("max_pool_padded", images(lambda x: F.max_pool2d(x, 3, 2, 1)), [X]),
    ("average_pool", images(lambda x: F.avg_pool2d(x, 2)), [X]),
    ("average_pool_padded", images(lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)), [X]),
    ("global_average_pool", lambda x: x.mean((1, 2)), [X]),
    ("nearest", images(lambda x: F.interpolate(x, scale_factor=(2, 3))), [X]),
    ("bilinear", images(lambda x: F.interpolate(x, scale_factor=(2, 3), mode="bilinear", align_corners=False)), [X]),
    ("batch_norm", batch_norm, [X, (3,), (3,)]),
    ("batch_norm_2d", batch_norm, [(6, 4), (4,), (4,)]),
    ("layer_norm", lambda x, g, b: F.layer_norm(x, (4,), g, b, 1e-3), [(3, 2, 4), (4,), (4,)]),
    ("kl_to_standard_normal", kl, [(3, 4), (3, 4)]),
    ("kl_bernoulli", kl_bernoulli, [(7,)], (0.05, 0.95)),
    ("lstm", lstm, [(4, 2, 3), (3, 8), (2, 8), (8,)]),
]


if __name__ == "__main__":
    emit_rows(ROWS, 0)
