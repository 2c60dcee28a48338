#!/usr/bin/python3
"""Holds files for Keras against the written description of its formats, and has files made here, after that
description alone, read by the library.

    keras_layout.py KERAS_FILES FOLDER      KERAS_FILES: the program of keras_files.cpp, which has written FOLDER/written"""
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import h5py
import numpy as np

PROGRAM, FOLDER = sys.argv[1:3]
KERNEL, BIAS = "kernel", "bias"


def snake(name):
    """Keras's rule for the names of what has none."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


CELLS = {"LSTM": "/lstm_cell/", "GRU": "/gru_cell/"}


def weights_of(kind, config, channels):
    """Names and shapes of a layer's arrays, trainable ones first."""
    out, bias = [], config.get("use_bias", True)
    if kind == "Dense":
        out = [(KERNEL, (channels, config["units"]))] + [(BIAS, (config["units"],))] * bias
    elif kind in ("Conv2D", "Conv1D"):
        taps = tuple(config["kernel_size"])
        out = [(KERNEL, taps + (channels // config["groups"], config["filters"]))] + [(BIAS, (config["filters"],))] * bias
    elif kind in ("Conv2DTranspose", "Conv1DTranspose"):
        out = [(KERNEL, tuple(config["kernel_size"]) + (config["filters"], channels))] + [(BIAS, (config["filters"],))] * bias
    elif kind == "DepthwiseConv2D":
        m = config["depth_multiplier"]
        out = [("depthwise_kernel", tuple(config["kernel_size"]) + (channels, m))] + [(BIAS, (channels * m,))] * bias
    elif kind == "LSTM":
        u = config["units"]
        out = [(KERNEL, (channels, 4 * u)), ("recurrent_kernel", (u, 4 * u))] + [(BIAS, (4 * u,))] * bias
    elif kind == "GRU":
        u = config["units"]
        out = [(KERNEL, (channels, 3 * u)), ("recurrent_kernel", (u, 3 * u))]
        out += [(BIAS, (2, 3 * u) if config["reset_after"] else (3 * u,))] * bias
    elif kind in ("BatchNormalization", "LayerNormalization"):
        out = [("gamma", (channels,))] * config["scale"] + [("beta", (channels,))] * config["center"]
        if kind == "BatchNormalization":
            out += [("moving_mean", (channels,)), ("moving_variance", (channels,))]
    return out


def is_trainable(weight, layer):
    return layer["config"].get("trainable", True) and not weight.startswith("moving")


def layers_in(model):
    """The layers that a model lists: a Sequential leaves its InputLayer out."""
    layers = model["config"]["layers"]
    return [l for l in layers if l["class_name"] != "InputLayer"] if model["class_name"] == "Sequential" else layers


def arrays_3(model, base=""):
    """(path, name, shape, layer) of each array where Keras 3 has it."""
    used = {}
    for layer in layers_in(model):
        name = snake(layer["class_name"])
        n = used.get(name, -1) + 1
        used[name] = n
        path = base + "layers/" + (name if n == 0 else f"{name}_{n}")
        if layer["class_name"] in ("Sequential", "Functional"):
            yield from arrays_3(layer, path + "/")
            continue
        if "build_config" not in layer:
            assert not weights_of(layer["class_name"], layer["config"], 1), f"{path} has no build_config"
            yield path + "/vars", None, None, layer
            continue
        inside = path + ("/cell/vars" if layer["class_name"] in CELLS else "/vars")
        channels = layer["build_config"]["input_shape"][-1]
        for i, (weight, shape) in enumerate(weights_of(layer["class_name"], layer["config"], channels)):
            yield f"{inside}/{i}", weight, shape, layer


def check_3(model, file):
    """All arrays where they should be, with their shapes and types, and no others. Returns them by layer and name."""
    assert list(file["vars"]) == [], "the root has arrays"
    found, expected = {}, set()
    for path, weight, shape, layer in arrays_3(model):
        assert path in file, f"{path} is missing"
        if weight is None:
            assert len(file[path]) == 0, f"{path} is not empty"
            continue
        values = file[path]
        assert values.shape == shape, f"{path} is {values.shape}, not {shape}"
        assert values.dtype == np.dtype(layer["config"]["dtype"]), f"{path} is {values.dtype}"
        assert values.chunks is None and values.compression is None
        found[layer["config"]["name"], weight] = values[()]
        expected.add("/" + path)
    there = set()
    file["layers"].visititems(lambda name, o: there.add("/layers/" + name) if isinstance(o, h5py.Dataset) else None)
    assert there == expected, f"beside what is due: {sorted(there ^ expected)}"
    return found


def legacy_names(layer):
    """weight_names of a layer, trainable ones first; of a nested model those of all its layers."""
    if layer["class_name"] in ("Sequential", "Functional"):
        inner = [legacy_names(l) for l in layers_in(layer)]
        return [n for l in inner for n in l[0]], [n for l in inner for n in l[1]]
    name, config = layer["config"]["name"], layer["config"]
    prefix = name + (CELLS[layer["class_name"]] if layer["class_name"] in CELLS else "/")
    weights = [w for w, _ in weights_of(layer["class_name"], config, 1)]
    return ([(prefix + w + ":0", (name, w)) for w in weights if is_trainable(w, layer)],
            [(prefix + w + ":0", (name, w)) for w in weights if not is_trainable(w, layer)])


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def check_legacy(file, found):
    """The legacy layout: attributes, names in order, the same arrays."""
    model = json.loads(text(file.attrs["model_config"]))
    assert text(file.attrs["backend"]) == "tensorflow" and text(file.attrs["keras_version"])
    group = file["model_weights"]
    assert text(group.attrs["backend"]) == "tensorflow" and text(group.attrs["keras_version"])
    names = [text(n) for n in group.attrs["layer_names"]]
    assert names == [l["config"]["name"] for l in layers_in(model)], names
    assert set(group) == set(names) | {"top_level_model_weights"}
    for layer, name in zip(layers_in(model), names):
        trainable, others = legacy_names(layer)
        weights = [text(n) for n in group[name].attrs["weight_names"]]
        assert weights == [n for n, _ in trainable + others], weights
        for weight, key in trainable + others:
            assert np.array_equal(group[name][weight][()], found[key]), weight
    return model


def check_words_of_keras_2(value, where="model_config"):
    if isinstance(value, dict):
        assert not {"module", "registered_name", "batch_shape"} & set(value), where
        if value.get("class_name") == "InputLayer":
            assert value["config"]["batch_input_shape"][0] is None
        if value.get("class_name") == "LeakyReLU":
            assert "alpha" in value["config"] and "negative_slope" not in value["config"]
        for k, v in value.items():
            check_words_of_keras_2(v, f"{where}.{k}")
    elif isinstance(value, list):
        for v in value:
            check_words_of_keras_2(v, where)


def check_model(where):
    with zipfile.ZipFile(where + "/model.keras") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"], archive.namelist()
        metadata = json.loads(archive.read("metadata.json"))
        assert set(metadata) == {"keras_version", "date_saved"} and metadata["keras_version"].startswith("3.")
        model = json.loads(archive.read("config.json"))
        for layer in [model] + model["config"]["layers"]:
            assert {"module", "class_name", "config", "registered_name"} <= set(layer)
        with h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:
            inside = check_3(model, file)
    with open(where + "/model.h5", "rb") as a, open(where + "/model.weights.h5", "rb") as b:
        assert a.read() == b.read(), "the two .h5 are one file"
    with h5py.File(where + "/model.h5", "r") as file:
        found = check_3(model, file)
        for key, values in inside.items():
            assert np.array_equal(values, found[key]), key
        check_words_of_keras_2(check_legacy(file, found))
    return len(found)


def check_what_is_written():
    count = 0
    for name in sorted(os.listdir(FOLDER + "/written")):
        where = f"{FOLDER}/written/{name}"
        if not os.path.exists(where + "/model.keras"):
            continue
        arrays = check_model(where)
        for ending in (".keras", ".h5"):
            inputs = sorted(f"{where}/{f}" for f in os.listdir(where) if f.startswith("inputs"))
            y = read_back(where + "/model" + ending, inputs, where + "/again.npy")
            assert np.array_equal(y, np.load(where + "/outputs.npy")), f"{name}{ending}: other outputs"
        print(f"{name}: {arrays} arrays where Keras has them; the same outputs when read back")
        count += 1
    assert count >= 11


def read_back(file, inputs, outputs):
    run = subprocess.run([PROGRAM, "outputs", file, *inputs, outputs], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return np.load(outputs)


# Files made here, and what they compute.

def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, kernel, recurrent, bias):
    """Keras's gate order: input, forget, cell, output."""
    units = recurrent.shape[0]
    h = c = np.zeros((x.shape[0], units))
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h


def conv_same(x, kernel, bias, stride):
    """2-D, odd kernel, even images: one row and one column more at the end."""
    n, height, width, _ = x.shape
    total = [max((s // stride - 1) * stride + k - s, 0) for s, k in zip((height, width), kernel.shape)]
    x = np.pad(x, [(0, 0)] + [(t // 2, t - t // 2) for t in total] + [(0, 0)])
    y = np.zeros((n, height // stride, width // stride, kernel.shape[3]))
    for i in range(y.shape[1]):
        for j in range(y.shape[2]):
            window = x[:, i * stride:i * stride + kernel.shape[0], j * stride:j * stride + kernel.shape[1]]
            y[:, i, j] = np.tensordot(window, kernel, 3) + bias
    return y


class Maker:
    """Draws arrays and keeps them by layer, in order."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.layers = []

    def draw(self, layer, *shapes):
        arrays = [self.random.uniform(0.2, 0.9, s).astype("float32") - np.float32(0.4) for s in shapes]
        self.layers.append((layer, arrays))
        return arrays


def image_model(m):
    """Conv2D, LeakyReLU, BatchNormalization, Flatten, Dense, and their configurations in both forms."""
    k, b = m.draw("conv", (3, 3, 2, 4), (4,))
    gamma, beta, mean = m.draw("norm", (4,), (4,), (4,), (4,))[:3]
    variance = m.layers[-1][1][3]
    variance += 1
    dk, db = m.draw("out", (4 * 2 * 4, 3), (3,))
    x = m.random.uniform(0, 1, (5, 8, 4, 2)).astype("float32")
    y = conv_same(x, k, b, 2)
    y = np.where(y > 0, y, 0.25 * y)
    y = gamma * (y - mean) / np.sqrt(variance + 0.002) + beta
    y = y.reshape(5, -1) @ dk + db
    y = np.exp(y - y.max(1, keepdims=True))
    y /= y.sum(1, keepdims=True)
    conv = {"name": "conv", "filters": 4, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same", "activation": "linear"}
    norm = {"name": "norm", "axis": [3], "momentum": 0.9, "epsilon": 0.002}
    out = {"name": "out", "units": 3, "activation": "softmax", "kernel_initializer": {"class_name": "TruncatedNormal", "config": {}}}
    return x, y, [("Conv2D", conv), ("LeakyReLU", {"name": "leak", "alpha": 0.25}), ("BatchNormalization", norm),
                  ("Flatten", {"name": "flat"}), ("Dense", out)]


def sequence_model(m):
    k, r, b = m.draw("memory", (3, 20), (5, 20), (20,))
    dk, = m.draw("out", (5, 2))
    x = m.random.uniform(-1, 1, (4, 6, 3)).astype("float32")
    y = np.maximum(lstm(x, k, r, b) @ dk, 0)
    cell = {"name": "memory", "units": 5, "activation": "tanh", "recurrent_activation": "sigmoid", "return_sequences": False}
    return x, y, [("LSTM", cell), ("Dense", {"name": "out", "units": 2, "use_bias": False, "activation": "relu"})]


def write_legacy(path, x, layers, arrays, as_bytes):
    """A legacy .h5: configuration in an attribute, the first layer says the input's shape."""
    layers = [{"class_name": c, "config": dict(config, dtype="float32", trainable=True)} for c, config in layers]
    layers[0]["config"]["batch_input_shape"] = [None] + list(x.shape[1:])
    config = json.dumps({"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}})
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"2.11.0" if as_bytes else "2.11.0"
        file.attrs["backend"] = b"tensorflow" if as_bytes else "tensorflow"
        file.attrs["model_config"] = config.encode() if as_bytes else config
        group = file.create_group("model_weights")
        names = [l["config"]["name"] for l in layers]
        group.attrs["layer_names"] = [n.encode() for n in names] if as_bytes else names
        values = dict(arrays)
        for layer, name in zip(layers, names):
            inner = group.create_group(name)
            weights = [f"{name}/w{i}:0" for i in range(len(values.get(name, [])))]
            inner.attrs["weight_names"] = [w.encode() for w in weights]
            for w, a in zip(weights, values.get(name, [])):
                inner.create_dataset(w, data=a)
        optimizer = file.create_group("optimizer_weights")
        optimizer.create_dataset("iteration:0", data=np.int64(7))


def write_keras_3(path, x, layers, arrays, packed):
    objects = [{"module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
                "config": {"batch_shape": [None] + list(x.shape[1:]), "dtype": "float32", "sparse": False, "name": "x"}}]
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
    for c, config in layers:
        config = {("negative_slope" if k == "alpha" else k): v for k, v in config.items()}
        objects.append({"module": "keras.layers", "class_name": c, "registered_name": None,
                        "config": dict(config, dtype=policy, trainable=True)})
    config = {"module": "keras", "class_name": "Sequential", "registered_name": None,
              "config": {"name": "sequential", "layers": objects}, "compile_config": {"loss": "mse"}}
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file.create_group("vars")
        values, used = dict(arrays), {}
        for c, layer in layers:
            name = snake(c) + (f"_{used[c]}" if c in used else "")
            used[c] = used.get(c, 0) + 1
            group = file.create_group("layers/" + name)
            own = group.create_group("vars")
            inside = group.create_group("cell").create_group("vars") if c == "LSTM" else own
            for i, a in enumerate(values.get(layer["name"], [])):
                inside[str(i)] = a
        file.create_group("optimizer/vars")["0"] = np.int64(7)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.6.0", "date_saved": "2026-01-01@00:00:00"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights.getvalue())


def check_what_is_read():
    os.makedirs(FOLDER + "/made")
    count = 0
    for make in (image_model, sequence_model):
        m = Maker(3)
        x, y, layers = make(m)
        where = f"{FOLDER}/made/{make.__name__}"
        np.save(where + "_x.npy", x)
        write_legacy(where + "_bytes.h5", x, layers, m.layers, True)
        write_legacy(where + "_text.h5", x, layers, m.layers, False)
        write_keras_3(where + "_packed.keras", x, layers, m.layers, True)
        write_keras_3(where + "_stored.keras", x, layers, m.layers, False)
        for ending in ("_bytes.h5", "_text.h5", "_packed.keras", "_stored.keras"):
            got = read_back(where + ending, [where + "_x.npy"], where + "_y.npy")
            assert np.abs(got - y).max() < 1e-5, f"{where}{ending}: {np.abs(got - y).max()}"
            count += 1
    print(f"{count} files made after the description give what NumPy computes")


def check_what_is_refused():
    m = Maker(3)
    x, _, layers = sequence_model(m)
    refused = {
        "SimpleRNN": [("SimpleRNN", {"name": "g", "units": 5})],
        "MultiHeadAttention": [("MultiHeadAttention", {"name": "a", "num_heads": 2})],
        "channels_first": [("Conv1D", {"name": "c", "filters": 2, "kernel_size": 3, "data_format": "channels_first"})],
        "recurrent_dropout": [("LSTM", {"name": "l", "units": 5, "recurrent_dropout": 0.5})],
        "hard_sigmoid": [("LSTM", {"name": "l", "units": 5, "recurrent_activation": "hard_sigmoid"})],
        "kernel_constraint": [("Dense", {"name": "d", "units": 5, "kernel_constraint": {"class_name": "MaxNorm", "config": {}}})],
        "mish": [("Dense", {"name": "d", "units": 5, "activation": "mish"})],
        "float16": [("Dense", {"name": "d", "units": 5, "dtype": "mixed_float16"})],
    }
    for word, layers in refused.items():
        path = f"{FOLDER}/made/refused.keras"
        write_keras_3(path, x, layers, [], False)
        if word == "float16":
            config = json.loads(zipfile.ZipFile(path).read("config.json"))
            config["config"]["layers"][1]["config"]["dtype"] = "mixed_float16"
            with zipfile.ZipFile(path) as old:
                weights = old.read("model.weights.h5")
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("config.json", json.dumps(config))
                archive.writestr("model.weights.h5", weights)
        run = subprocess.run([PROGRAM, "outputs", path, FOLDER + "/made/sequence_model_x.npy", FOLDER + "/made/y.npy"],
                             capture_output=True, text=True)
        assert run.returncode == 1 and word in run.stderr, f"{word}: {run.returncode} {run.stderr}"
    print(f"{len(refused)} files with what there is not are refused by name")


shutil.rmtree(FOLDER + "/made", ignore_errors=True)
check_what_is_written()
check_what_is_read()
check_what_is_refused()
