#!/usr/bin/python3
"""Golden numbers from PyTorch for layers of sequences: packed ones of different lengths, both directions, and
those along one axis. tests/nn/layers/recurrent_test.cpp and sequences_1d_test.cpp hold ours against them.

    /usr/bin/python3 tests/golden/make_sequences.py > tests/golden/sequences.txt        (Debian: python3-torch 1.13)

A recurrent row's output is all that the layer gives: y, then each part of the final state. Sequences are
(N, T, F) here and have 5, 2 and 3 steps.
"""
import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from golden import emit_rows

LENGTHS = torch.tensor([5, 2, 3])
FEATURES, UNITS = 3, 2


def first_two_changed(x):  # PyTorch has the reset gate first, Keras the update gate
    z, r, n = x.chunk(3, -1)
    return torch.cat((r, z, n), -1)


def run(layer, x, weights, state):
    """weights: PyTorch's four of each direction; state: (directions, N, units) for each part."""
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    state = [part[:, packed.sorted_indices] for part in state]
    out, *last = layer(packed.data, packed.batch_sizes, state[0] if len(state) == 1 else state,
                       [w for direction in weights for w in direction], True, 1, 0.0, False, len(weights) == 2)
    y = pad_packed_sequence(PackedSequence(out, packed.batch_sizes, packed.sorted_indices,
                                           packed.unsorted_indices), batch_first=True)[0]
    last = [part[:, packed.unsorted_indices] for part in last]
    # Ours: the state of the first direction, then that of the second.
    states = [part[d] for d in range(len(weights)) for part in last]
    return torch.cat([y.reshape(-1)] + [s.reshape(-1) for s in states])


def lstm_weights(w, u, b):
    return w.T, u.T, b, torch.zeros_like(b)


def gru_weights(w, u, b):
    w, u, b = first_two_changed(w), first_two_changed(u), first_two_changed(b)
    return w.T, u.T, b[0], b[1]


def lstm(x, w, u, b, h, c):
    return run(torch.lstm, x, [lstm_weights(w, u, b)], [h[None], c[None]])


def gru(x, w, u, b, h):
    return run(torch.gru, x, [gru_weights(w, u, b)], [h[None]])


def lstm_both(x, w, u, b, w2, u2, b2, h, c, h2, c2):
    state = [torch.stack((h, h2)), torch.stack((c, c2))]
    return run(torch.lstm, x, [lstm_weights(w, u, b), lstm_weights(w2, u2, b2)], state)


def gru_both(x, w, u, b, w2, u2, b2, h, h2):
    return run(torch.gru, x, [gru_weights(w, u, b), gru_weights(w2, u2, b2)], [torch.stack((h, h2))])


def along(f):
    return lambda x, *w: f(x.transpose(1, 2), *w).transpose(1, 2)


X, STATE = (3, 5, FEATURES), (3, UNITS)
OF_LSTM = [(FEATURES, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,)]
OF_GRU = [(FEATURES, 3 * UNITS), (UNITS, 3 * UNITS), (2, 3 * UNITS)]
S = (2, 7, 3)
emit_rows([
    ("lstm_packed", lstm, [X, *OF_LSTM, STATE, STATE]),
    ("gru_packed", gru, [X, *OF_GRU, STATE]),
    ("lstm_both_ways", lstm_both, [X, *OF_LSTM, *OF_LSTM, STATE, STATE, STATE, STATE]),
    ("gru_both_ways", gru_both, [X, *OF_GRU, *OF_GRU, STATE, STATE]),
    ("conv1d_transpose", along(lambda x, k, b: F.conv_transpose1d(x, k.permute(2, 1, 0), b, stride=2)),
     [S, (3, 4, 3), (4,)]),
    ("conv1d_transpose_more", along(lambda x, k, b: F.conv_transpose1d(
        x, k.permute(2, 1, 0), b, stride=2, output_padding=1)), [S, (3, 4, 3), (4,)]),
    ("max_pool1d", along(lambda x: F.max_pool1d(x, 3, 2)), [S]),
    ("average_pool1d", along(lambda x: F.avg_pool1d(x, 2)), [S]),
    ("upsample1d", along(lambda x: F.interpolate(x, scale_factor=3.0)), [S]),
])
