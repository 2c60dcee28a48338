#!/usr/bin/python3
"""Golden numbers from PyTorch for the layers, losses and divergences of tests/nn/layers/layers_test.cpp.

    /usr/bin/python3 tests/golden/make_losses.py > tests/golden/losses.txt        (Debian: python3-torch 1.13)

Rows as in make_ops.py.
"""
import torch
import torch.distributions as D
import torch.nn.functional as F

from golden import emit_rows

S, UNIT, CLIP = (3, 4), (0.02, 0.98), (-1.5, 1.0)


def normal(m, l):
    return D.Normal(m, torch.exp(0.5 * torch.clamp(l, *CLIP)))


def per_example(kl):
    return kl.sum() / kl.shape[0]


def kl_bernoulli(q):
    return D.kl_divergence(D.Bernoulli(torch.full_like(q, 0.2)), D.Bernoulli(q)).sum()


def kl_to_standard_normal(m, l):
    return per_example(D.kl_divergence(D.Normal(m, torch.exp(0.5 * l)), D.Normal(0.0, 1.0)))


ROWS = [
    ("Dense", lambda x, w, b: F.elu(x @ w + b), [(2, 3, 4), (4, 5), (5,)]),
    ("Embedding", lambda w: F.embedding(torch.tensor([[4, 0, 4], [1, 1, 4]]), w) ** 2, [(5, 3)]),
    ("loss_mse_sum", lambda p, t: F.mse_loss(p, t, reduction="sum"), [S, S]),
    ("loss_mse_batch", lambda p, t: F.mse_loss(p, t, reduction="sum") / 3, [S, S]),
    ("loss_mae", F.l1_loss, [S, S]),
    ("loss_huber", lambda p, t: F.huber_loss(p, t, delta=0.7), [S, S]),
    ("loss_bce", F.binary_cross_entropy, [S, S], UNIT),
    ("loss_bce_logits_sum", lambda p, t: F.binary_cross_entropy_with_logits(p, t, reduction="sum"), [S, S],
     UNIT),
    ("loss_categorical", lambda p, t: -(t * p.log()).sum(-1).mean(), [S, S], UNIT),
    ("loss_categorical_logits", lambda p, t: -(t * p.log_softmax(-1)).sum(-1).mean(), [S, S], UNIT),
    ("loss_kl", lambda p, t: F.kl_div(p.log(), t, reduction="batchmean"), [S, S], UNIT),
    ("l1l2", lambda w: 0.1 * w.abs().sum() + 0.01 * w.square().sum(), [S]),
    ("kl_to_standard_normal", kl_to_standard_normal, [S, S]),
    ("kl_normal", lambda m, l, n, k: per_example(D.kl_divergence(normal(m, l), normal(n, k))), [S, S, S, S]),
    ("kl_bernoulli", kl_bernoulli, [(7,)], (0.05, 0.95)),
]

if __name__ == "__main__":
    emit_rows(ROWS)
