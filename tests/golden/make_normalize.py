#!/usr/bin/python3
"""Golden numbers from PyTorch for the rows of tests/autograd/ops/normalize_test.cpp: normalization, sampling, divergences.

    tests/golden/make_normalize.py > tests/golden/normalize.txt        (Debian: python3-torch 1.13)

Lines as in make_ops.py; the inputs are those of rows 700 + k.
"""
import torch
import torch.distributions as D
import torch.nn.functional as F

from make_ops import emit_rows, wild

POS, CLIP = (0.5, 2.0), (-1.5, 1.0)


def batch_norm(x, g=None, b=None):
    return F.batch_norm(x.reshape(-1, x.shape[-1]), None, None, g, b, training=True, eps=1e-3).reshape(x.shape)


def fixed_moments(x, g, b):
    mean, variance = wild(703, 7, (3,)), wild(703, 8, (3,), *POS)
    return F.batch_norm(x.reshape(-1, 3), mean, variance, g, b, training=False, eps=1e-3).reshape(x.shape)


def normal(m, l):
    return D.Normal(m, torch.exp(0.5 * torch.clamp(l, *CLIP)))


def per_example(kl):
    return kl.sum() / kl.shape[0]


def kl_bernoulli(q):
    return D.kl_divergence(D.Bernoulli(torch.full_like(q, 0.2)), D.Bernoulli(q)).sum()


S = (3, 4)
ROWS = [
    ("batch_norm", batch_norm, [(4, 5, 3), (3,), (3,)]),
    ("batch_norm_plain", batch_norm, [(9, 5)]),
    ("batch_norm_one_channel", batch_norm, [(7, 3, 1), (1,), (1,)]),
    ("batch_norm_fixed_moments", fixed_moments, [(4, 2, 3), (3,), (3,)]),
    ("layer_norm", lambda x, g, b: F.layer_norm(x, (19,), g, b, 1e-3), [(3, 2, 19), (19,), (19,)]),
    ("layer_norm_plain", lambda x: F.layer_norm(x, (5,), eps=1e-3), [(4, 5)]),
    ("reparameterize", lambda m, l, e: m + torch.exp(0.5 * torch.clamp(l, *CLIP)) * e, [S, S, S]),
    ("gaussian_kl", lambda m, l: per_example(D.kl_divergence(normal(m, l), D.Normal(0.0, 1.0))), [S, S]),
    ("kl_normal", lambda m, l, n, k: per_example(D.kl_divergence(normal(m, l), normal(n, k))), [S, S, S, S]),
    ("kl_bernoulli", kl_bernoulli, [(7,)], (0.05, 0.95)),
]


if __name__ == "__main__":
    emit_rows(ROWS, 700)
