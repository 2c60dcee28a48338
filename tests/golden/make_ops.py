#!/usr/bin/python3
"""Golden numbers from PyTorch for the one table of ops, tests/support/op_table*.cpp.

    /usr/bin/python3 tests/golden/make_ops.py > tests/golden/ops.txt        (Debian: python3-torch 1.13)

A row is (name, function, shapes of the inputs, bounds of the inputs if not -2 and 2), as in the table. Images
are channels last and kernels (kh, kw, C/groups, O) here; PyTorch gets them permuted.
"""
import torch
import torch.distributions as D
import torch.nn.functional as F

from golden import emit_rows, wild

S, ROW, COL, T = (3, 4), (4,), (3, 1), (2, 3, 4)
POS, ONE = (0.5, 2.0), (-1.0, 1.0)

ELEMENTWISE = [
    ("add", torch.add, [S, ROW]),
    ("subtract", torch.sub, [S, COL]),
    ("multiply", torch.mul, [S, ROW]),
    ("divide", torch.div, [S, COL], POS),
    ("maximum", torch.maximum, [S, S]),
    ("minimum", torch.minimum, [S, S]),
    ("pow", torch.pow, [S, S], POS),
    ("numbers", lambda a: 2.0 - (3.0 / (a * 1.5 + 0.25) - 1.0) / 4.0, [S], POS),
    ("maximum_number", lambda a: torch.clamp(a, min=0.3), [S]),
    ("minimum_number", lambda a: torch.clamp(a, max=0.3), [S]),
    ("pow_number", lambda a: a ** 2.5, [S], POS),
    ("neg", torch.neg, [S]),
    ("abs", torch.abs, [S]),
    ("sign", torch.sign, [S]),
    ("floor", torch.floor, [S]),
    ("ceil", torch.ceil, [S]),
    ("round", torch.round, [S]),
    ("compound", lambda a, b: (((a + b) ** 2 - 0.5) / b - a + 1.0) * 1.5, [S, S], POS),
    ("exp", torch.exp, [S]),
    ("expm1", torch.expm1, [S]),
    ("log", torch.log, [S], POS),
    ("log1p", torch.log1p, [S], (-0.5, 2.0)),
    ("sqrt", torch.sqrt, [S], POS),
    ("rsqrt", torch.rsqrt, [S], POS),
    ("square", torch.square, [S]),
    ("sin", torch.sin, [S]),
    ("cos", torch.cos, [S]),
    ("tanh", torch.tanh, [S]),
    ("erf", torch.erf, [S]),
    ("sigmoid", torch.sigmoid, [S]),
    ("relu", torch.relu, [S]),
    ("leaky_relu", lambda a: F.leaky_relu(a, 0.2), [S]),
    ("elu", lambda a: F.elu(a, 1.5), [S]),
    ("selu", F.selu, [S]),
    ("normal_cdf", torch.special.ndtr, [S], (-4.0, 4.0)),
    ("normal_pdf", lambda a: D.Normal(0.0, 1.0).log_prob(a).exp(), [S], (-4.0, 4.0)),
    ("gelu", F.gelu, [S]),
    ("silu", F.silu, [S]),
    ("softplus", F.softplus, [S]),
    ("clip", lambda a: torch.clamp(a, -0.7, 0.9), [S]),
]

REDUCTIONS = [
    ("sum", lambda a: a.sum((0, 2)), [T]),
    ("sum_all", lambda a: a.square().sum(), [T]),
    ("mean", lambda a: a.mean(1, keepdim=True), [T]),
    ("var", lambda a: a.var((1, 2), unbiased=False), [T]),
    ("std", lambda a: a.std(0, unbiased=False), [(5, 3)]),
    ("center", lambda a: (a - a.mean((0, 2), keepdim=True)) ** 2, [T]),
    ("max", lambda a: a.amax(1), [T]),
    ("min", lambda a: a.amin(2), [T]),
    ("norm", lambda a: a.norm(dim=1), [T]),
    ("logsumexp", lambda a: a.logsumexp(2), [T]),
    ("softmax", lambda a: a.softmax(-1), [T]),
    ("log_softmax", lambda a: a.log_softmax(1), [T]),
    ("cumsum", lambda a: a.cumsum(1), [T]),
    ("sum_to", lambda a: a.sum(0).sum(1, keepdim=True), [T]),
    ("keep_top_k", lambda a: torch.where(a >= a.topk(3).values[..., -1:], a, torch.zeros_like(a)) ** 2,
     [(4, 7)]),
]

SHAPES = [
    ("reshape", lambda a: a.reshape(6, 4) ** 2, [T]),
    ("transpose", lambda a: a.transpose(-1, -2) ** 2, [T]),
    ("permute", lambda a: a.permute(2, 0, 1) ** 2, [T]),
    ("slice", lambda a: a.flip(1)[:, 0::2, 1:4:2] ** 2, [T]),
    ("squeeze", lambda a: a ** 2, [T]),
    ("broadcast_to", lambda a: a.expand(2, 3, 4) ** 2, [COL]),
    ("concat", lambda a, b: torch.cat([a, b], 1) ** 2, [(2, 3), (2, 2)]),
    ("stack", lambda a, b: torch.stack([a, b], 1) ** 2, [(2, 3), (2, 3)]),
    ("split", lambda a: a.split(2, 2)[0] * a.split(2, 2)[1] ** 2, [T]),
    ("take", lambda a: a[:, [2, 0, 2, -1]] ** 2, [T]),
    ("pad", lambda a: F.pad(a, (0, 2, 1, 0), value=0.5) ** 2, [(2, 3)]),
    ("flip", lambda a: a.flip((0, 2)) ** 2 * a, [T]),
    ("where", lambda a, b: torch.where(a > 0, a ** 2, b), [T, T]),
]

AFFINE = [S, (4, 2), (2,)]
PRODUCTS = [
    ("matmul", torch.matmul, [S, (4, 2)]),
    ("matmul_transposed", lambda a, b: a.T @ b.T, [(4, 3), (2, 4)]),
    ("matmul_batched", torch.matmul, [(2, 1, 3, 4), (3, 4, 2)]),
    ("affine", lambda x, w, b: x @ w + b, AFFINE, ONE),
    ("affine_relu", lambda x, w, b: torch.relu(x @ w + b), [S, (4, 5), (5,)], ONE),
    ("affine_sigmoid", lambda x, w, b: torch.sigmoid(x @ w + b), AFFINE, ONE),
    ("affine_tanh", lambda x, w, b: torch.tanh(x @ w + b), AFFINE, ONE),
    ("affine_no_bias", lambda x, w: x @ w, [S, (4, 2)], ONE),
    ("mse", F.mse_loss, [S, S]),
    ("bce_with_logits", F.binary_cross_entropy_with_logits, [S, S], (0.0, 1.0)),
]


def identity(x):
    return x


CONV = [  # name, x, w, stride, padding (top, bottom, left, right), dilation, groups, activation
    ("plain", (2, 5, 6, 2), (3, 2, 2, 3), 1, (0, 0, 0, 0), 1, 1, identity),
    ("padded", (2, 5, 4, 2), (3, 3, 2, 3), 1, (1, 1, 1, 1), 1, 1, identity),
    ("strided", (1, 7, 6, 2), (3, 3, 2, 2), 2, (1, 1, 1, 1), 1, 1, torch.tanh),
    ("uneven", (2, 6, 7, 1), (2, 3, 1, 3), (3, 2), (1, 1, 0, 0), 1, 1, torch.sigmoid),
    ("dilated", (1, 7, 8, 2), (3, 2, 2, 2), 1, (1, 1, 1, 1), 2, 1, identity),
    ("groups", (2, 4, 4, 4), (3, 3, 2, 6), 1, (1, 1, 1, 1), 1, 2, identity),
    ("depthwise", (2, 5, 5, 3), (3, 3, 1, 3), 2, (1, 1, 1, 1), 1, 3, identity),
    ("one_to_many", (2, 5, 5, 1), (3, 3, 1, 17), 1, (1, 1, 1, 1), 1, 1, identity),
    ("many_to_one", (2, 5, 5, 17), (3, 3, 17, 1), 1, (1, 1, 1, 1), 1, 1, identity),
    ("five", (1, 6, 6, 2), (5, 5, 2, 2), 3, (2, 2, 2, 2), 1, 1, identity),
    ("one", (1, 1, 1, 1), (1, 1, 1, 1), 1, (0, 0, 0, 0), 1, 1, identity),
    ("strided_past", (1, 5, 5, 2), (2, 2, 2, 2), 3, (0, 0, 0, 0), 1, 1, identity),
]


def conv_rows():
    """A convolution's three faces: itself, transposed, and the gradient of its kernel."""
    for name, xs, ws, stride, padding, dilation, groups, f in CONV:
        def conv(x, w, s=stride, p=padding, d=dilation, g=groups):
            top, bottom, left, right = p
            x = F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom)).contiguous()
            return F.conv2d(x, w.permute(3, 2, 0, 1).contiguous(), None, s, 0, d, g).permute(0, 2, 3, 1)

        def transposed(y, w, b, conv=conv, xs=xs, f=f):
            x = torch.zeros(xs, requires_grad=True)
            return f(torch.autograd.grad(conv(x, w), x, y, create_graph=True)[0] + b)

        def kernel_grad(x, y, conv=conv, ws=ws):
            w = torch.zeros(ws, requires_grad=True)
            return torch.autograd.grad(conv(x, w), w, y, create_graph=True)[0]

        ys = tuple(conv(torch.zeros(xs), torch.zeros(ws)).shape)
        yield "conv2d_" + name, lambda x, w, b, c=conv, f=f: f(c(x, w) + b), [xs, ws, (ws[3],)], ONE
        yield "conv2d_input_grad_" + name, transposed, [ys, ws, (xs[3],)], ONE
        yield "conv2d_kernel_grad_" + name, kernel_grad, [xs, ys], ONE


def images(f):
    return lambda x: f(x.permute(0, 3, 1, 2).contiguous()).permute(0, 2, 3, 1)


X = (2, 5, 6, 3)
POOLING = [
    ("max_pool2d", images(lambda x: F.max_pool2d(x, 2)), [X]),
    ("max_pool2d_overlapping", images(lambda x: F.max_pool2d(x, (3, 2), (2, 1))), [X]),
    ("max_pool2d_padded", images(lambda x: F.max_pool2d(x, 3, 2, 1)), [X]),
    ("average_pool2d", images(lambda x: F.avg_pool2d(x, 2)), [X]),
    ("average_pool2d_padded", images(lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)), [X]),
    ("global_average_pool", lambda x: x.mean((1, 2)), [X]),
    ("upsample2d", images(lambda x: F.interpolate(x, scale_factor=(2, 3))), [X]),
    ("upsample2d_bilinear",
     images(lambda x: F.interpolate(x, scale_factor=(2, 3), mode="bilinear", align_corners=False)), [X]),
]


def batch_norm(x, g=None, b=None):
    rows = x.reshape(-1, x.shape[-1])
    return F.batch_norm(rows, None, None, g, b, training=True, eps=1e-3).reshape(x.shape)


def fixed_moments(x, g, b):
    name = "batch_norm_fixed_moments"
    mean, variance = wild(name, 7, (3,)), wild(name, 8, (3,), *POS)
    return F.batch_norm(x.reshape(-1, 3), mean, variance, g, b, training=False, eps=1e-3).reshape(x.shape)


def layer_norm(x, g=None, b=None):
    return F.layer_norm(x, x.shape[-1:], g, b, 1e-3)


def standardize(x):
    return (x - x.mean((0, 2), keepdim=True)) / torch.sqrt(x.var((0, 2), unbiased=False, keepdim=True) + 1e-3)


NORMALIZATION = [
    ("standardize", standardize, [T]),
    ("batch_norm", batch_norm, [(4, 5, 3), (3,), (3,)]),
    ("batch_norm_images", batch_norm, [X, (3,), (3,)]),
    ("batch_norm_rows", batch_norm, [(6, 4), (4,), (4,)]),
    ("batch_norm_plain", batch_norm, [(9, 5)]),
    ("batch_norm_one_channel", batch_norm, [(7, 3, 1), (1,), (1,)]),
    ("batch_norm_fixed_moments", fixed_moments, [(4, 2, 3), (3,), (3,)]),
    ("layer_norm", layer_norm, [(3, 2, 19), (19,), (19,)]),
    ("layer_norm_short", layer_norm, [(3, 2, 4), (4,), (4,)]),
    ("layer_norm_plain", layer_norm, [(4, 5)]),
]

CLIP = (-1.5, 1.0)


def gaussian_kl(m, l):
    q = D.Normal(m, torch.exp(0.5 * torch.clamp(l, *CLIP)))
    return D.kl_divergence(q, D.Normal(0.0, 1.0)).sum() / m.shape[0]


GAUSSIAN = [
    ("reparameterize", lambda m, l, e: m + torch.exp(0.5 * torch.clamp(l, *CLIP)) * e, [S, S, S]),
    ("gaussian_kl", gaussian_kl, [S, S]),
]


def lstm(x, w, u, b):  # PyTorch keeps the transposed kernels, and two biases
    first = x.new_zeros(1, x.shape[1], u.shape[0])
    weights = (w.T, u.T, b, torch.zeros_like(b))
    return torch.lstm(x, (first, first), weights, True, 1, 0.0, False, False, False)[0]


def lstm_from(z, u, h, c):  # z is given: its kernel is the identity
    states = []
    for step in z:
        h, c = torch.lstm_cell(step, (h, c), torch.eye(z.shape[2]), u.T)
        states.append(torch.cat((h, c), 1))
    return torch.stack(states)


def first_two_changed(x):  # PyTorch has the reset gate first
    z, r, n = x.chunk(3, -1)
    return torch.cat((r, z, n), -1)


def gru(a, u, b, start):
    identity = first_two_changed(torch.eye(a.shape[2]))
    weights = (identity.T, first_two_changed(u).T, torch.zeros_like(b), first_two_changed(b))
    return torch.gru(a, start[None], weights, True, 1, 0.0, False, False, False)[0]


def gru_reset_before(a, u, start):  # PyTorch has no such layer
    h, states, (uz, ur, un) = start, [], u.chunk(3, 1)
    for z, r, n in (step.chunk(3, 1) for step in a):
        z, r = torch.sigmoid(z + h @ uz), torch.sigmoid(r + h @ ur)
        h = z * h + (1 - z) * torch.tanh(n + (r * h) @ un)
        states.append(h)
    return torch.stack(states)


def masked(x):
    return torch.nn.utils.rnn.pad_sequence([x[0, :4], x[1, :1], x[2, :3]], batch_first=True)


def reversed_steps(x):
    return torch.stack((x[0].flip(0), x[1], torch.cat((x[2, :3].flip(0), x[2, 3:]))))


RECURRENT = [
    ("lstm", lstm, [(4, 2, 3), (3, 8), (2, 8), (8,)]),
    ("lstm_from", lstm_from, [(4, 3, 8), (2, 8), (3, 2), (3, 2)]),
    ("gru", gru, [(4, 3, 6), (2, 6), (6,), (3, 2)]),
    ("gru_reset_before", gru_reset_before, [(4, 3, 6), (2, 6), (3, 2)]),
    ("mask_steps", masked, [(3, 4, 2)]),
    ("reverse_steps", reversed_steps, [(3, 4, 2)]),
]

EINSUM = [
    ("product", "ij,jk->ik", [S, (4, 2)]),
    ("implied", "ij,jk", [S, (4, 2)]),
    ("attention", "bhqd,bhkd->bhqk", [(2, 2, 3, 4), (2, 2, 2, 4)]),
    ("bilinear", "bi,oij,bj->bo", [(2, 3), (4, 3, 2), (2, 2)]),
    ("chain", "ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
    ("trace", "ii->", [(3, 3)]),
    ("diagonals", "bii->bi", [(2, 3, 3)]),
    ("three_times", "iii->i", [(3, 3, 3)]),
    ("transposed", "ba", [S]),
    ("summed", "ij->j", [S]),
    ("alone", "ij,kl->k", [S, (2, 3)]),
    ("outer", "i,j->ji", [(3,), (4,)]),
    ("dot", "i,i->", [(5,), (5,)]),
    ("each", "ij,ij->ij", [S, S]),
    ("rows", "ij,ij->i", [S, S]),
    ("scalar", ",ij->ji", [(), S]),
    ("dots", "...i,i->...", [T, (4,)]),
    ("broadcast", "...ij,...jk->...ik", [(2, 1, 3, 4), (3, 4, 2)]),
    ("dots_implied", "...ij,...jk", [T, (4, 2)]),
    ("ones", "ij,jk->ik", [(3, 1), (4, 2)]),
    ("ones_second", "ij,jk->ik", [(3, 4), (1, 2)]),
]


def einsum_rows():
    for name, subscripts, shapes in EINSUM:
        yield "einsum_" + name, lambda *x, s=subscripts: torch.einsum(s, *x), shapes


PLACES = torch.tensor([[[2, 0, 2, 2], [1, 1, 0, 0]]])  # along axis 1
INDEX = [
    ("gather", lambda a: a.gather(1, PLACES) ** 2, [T]),
    ("scatter_add", lambda a: torch.zeros(T).scatter_add(1, PLACES, a) ** 2, [(1, 2, 4)]),
    ("sort", lambda a: a.sort().values ** 2 * torch.arange(1.0, 5.0), [T]),
    ("sort_descending", lambda a: a.sort(1, descending=True).values ** 2 * torch.arange(1.0, 4.0)[:, None],
     [T]),
]

MATRIX = [
    ("tril", lambda a: a.tril() ** 2, [T]),
    ("triu", lambda a: a.triu(-1) ** 2, [T]),
    ("diagonal", lambda a: a.diagonal(1, 0, -1) ** 2, [T]),
    ("put_diagonal", lambda a: F.pad(torch.diag_embed(a).permute(1, 2, 0), (0, 0, 0, 2, 1, 0)) ** 2,
     [(2, 2)]),
    ("diag", lambda a: a.diag(-1) ** 2, [(3,)]),
    ("diag_of_matrix", lambda a: a.diag(1) ** 2, [S]),
    ("outer", lambda a, b: torch.outer(a, b.reshape(-1)), [(3,), (2, 2)]),
    ("dot", torch.dot, [(5,), (5,)]),
    ("dot_vector", torch.matmul, [T, (4,)]),
    ("dot_matrix", torch.matmul, [S, (4, 2)]),
    ("dot_stacks", lambda a, b: torch.tensordot(a, b, ([-1], [-2])), [(2, 3), (2, 3, 2)]),
    ("dot_scalar", torch.mul, [(), (3, 2)]),
]

DENSITIES = [
    ("normal_log_prob", lambda x, m, l: D.Normal(m, torch.exp(0.5 * l)).log_prob(x), [S, ROW, COL]),
    ("bernoulli_log_prob", lambda x, l: -F.binary_cross_entropy_with_logits(l.expand(S), x, reduction="none"),
     [S, ROW], (0.0, 1.0)),
]

if __name__ == "__main__":
    for rows in (ELEMENTWISE, REDUCTIONS, SHAPES, PRODUCTS, conv_rows(), POOLING, NORMALIZATION, GAUSSIAN,
                 RECURRENT, einsum_rows(), INDEX, MATRIX, DENSITIES):
        emit_rows(rows)
