#!/usr/bin/python3
"""Golden numbers from PyTorch for the rows of tests/autograd/ops/conv_test.cpp.

    tests/golden/make_conv.py > tests/golden/conv.txt        (Debian: python3-torch 1.13)

Lines as in make_ops.py: NAME KIND INDEX value value …, KIND value | gradient of sum(y * r) | transposed | transposed_gradient.
Shapes are channels last, kernels (kh, kw, C/groups, O); PyTorch gets them permuted.
"""
import torch
import torch.nn.functional as F

from make_ops import emit, wild

ROWS = [  # name, x, w, stride, padding (top, bottom, left, right), dilation, groups, activation
    ("plain", (2, 5, 6, 2), (3, 2, 2, 3), 1, (0, 0, 0, 0), 1, 1, None),
    ("padded", (2, 5, 4, 2), (3, 3, 2, 3), 1, (1, 1, 1, 1), 1, 1, None),
    ("strided", (1, 7, 6, 2), (3, 3, 2, 2), 2, (1, 1, 1, 1), 1, 1, torch.tanh),
    ("uneven", (2, 6, 7, 1), (2, 3, 1, 3), (3, 2), (1, 1, 0, 0), 1, 1, torch.sigmoid),
    ("dilated", (1, 7, 8, 2), (3, 2, 2, 2), 1, (1, 1, 1, 1), 2, 1, None),
    ("groups", (2, 4, 4, 4), (3, 3, 2, 6), 1, (1, 1, 1, 1), 1, 2, None),
    ("depthwise", (2, 5, 5, 3), (3, 3, 1, 3), 2, (1, 1, 1, 1), 1, 3, None),
    ("one_to_many", (2, 5, 5, 1), (3, 3, 1, 17), 1, (1, 1, 1, 1), 1, 1, None),
    ("many_to_one", (2, 5, 5, 17), (3, 3, 17, 1), 1, (1, 1, 1, 1), 1, 1, None),
    ("five", (1, 6, 6, 2), (5, 5, 2, 2), 3, (2, 2, 2, 2), 1, 1, None),
    ("one", (1, 1, 1, 1), (1, 1, 1, 1), 1, (0, 0, 0, 0), 1, 1, None),
    ("strided_past", (1, 5, 5, 2), (2, 2, 2, 2), 3, (0, 0, 0, 0), 1, 1, None),
]


def conv(x, w, b, stride, padding, dilation, groups):
    top, bottom, left, right = padding
    y = F.conv2d(F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom)).contiguous(), w.permute(3, 2, 0, 1).contiguous(), b, stride, 0, dilation, groups)
    return y.permute(0, 2, 3, 1)


def main():
    for row, (name, xs, ws, stride, padding, dilation, groups, f) in enumerate(ROWS):
        x, w, b = [wild(row, i, s, -1.0, 1.0).requires_grad_() for i, s in enumerate((xs, ws, (ws[3],)))]
        y = conv(x, w, b, stride, padding, dilation, groups)
        y = f(y) if f else y
        emit(name, "value", 0, y)
        for i, g in enumerate(torch.autograd.grad((y * wild(row, 9, tuple(y.shape))).sum(), [x, w, b])):
            emit(name, "gradient", i, g)
        z = wild(row, 5, tuple(y.shape), -1.0, 1.0).requires_grad_()
        linear = conv(x, w, None, stride, padding, dilation, groups)
        (t,) = torch.autograd.grad(linear, x, z, create_graph=True)  # the transposed convolution of z
        emit(name, "transposed", 0, t)
        for i, g in enumerate(torch.autograd.grad((t * x.detach()).sum(), [z, w])):
            emit(name, "transposed_gradient", i, g)


if __name__ == "__main__":
    main()
