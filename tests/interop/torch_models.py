#!/usr/bin/python3
"""Runs the exported models of a folder in PyTorch.

    torch_models.py run FOLDER      outputs of FOLDER/NAME/model.py against outputs.npy; then draws weights,
                                    writes new.safetensors and what PyTorch makes of them
    torch_models.py compare FOLDER  that against FOLDER/NAME/new/*.npy
"""
import importlib.util
import json
import pathlib
import struct
import sys

import numpy
import torch

TOLERANCE = 1e-6  # of the largest number of an output
ODD_TOLERANCE = 5e-6  # of models that are not trained, whose numbers cancel more


def load_module(path):
    spec = importlib.util.spec_from_file_location(path.parent.name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_safetensors(path, tensors):
    """An independent writer of the format."""
    types = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def outputs_of(net, inputs):
    """What the network makes of inputs; of an autoencoder the codes, and what it makes of them, too."""
    with torch.no_grad():
        found = {"outputs": net(inputs)}
        if hasattr(net, "encode"):
            found["codes"] = net.encode(inputs)
            found["decoded"] = net.decode(found["codes"])
    return {name: value.numpy() for name, value in found.items()}


def draw_weights(net):
    """A state_dict of other weights, each tied one once. Variances are positive."""
    generator = torch.Generator().manual_seed(5)
    drawn, seen = {}, set()
    for name, tensor in net.state_dict(keep_vars=True).items():
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        if isinstance(tensor, torch.nn.Parameter) and not tensor.requires_grad:
            drawn[name] = tensor.detach()
        elif tensor.is_floating_point():
            inputs = tensor.numel() / tensor.shape[0] if tensor.dim() > 1 else 10
            new = torch.randn(tensor.shape, generator=generator, dtype=torch.float64) * 0.7 / inputs**0.5
            if name.endswith("running_var"):
                new = new.abs() + 0.5
            drawn[name] = new.to(tensor.dtype)
        else:
            drawn[name] = torch.full_like(tensor, 12)
    net.load_state_dict(drawn, strict=False)
    return drawn


def worst(ours, theirs, what):
    """The largest difference of two folders of outputs, as a part of the largest number."""
    if set(ours) != set(theirs):
        sys.exit(f"{what}: {sorted(ours)} against {sorted(theirs)}")
    largest = 0.0
    for name, y in theirs.items():
        if y.shape != ours[name].shape or y.dtype != ours[name].dtype:
            sys.exit(f"{what}: {name} is {y.shape} {y.dtype}, ours {ours[name].shape} {ours[name].dtype}")
        largest = max(largest, float(numpy.abs(y - ours[name]).max() / numpy.abs(y).max()))
    print(f"{what:36} {largest:.1e}")
    tolerance = ODD_TOLERANCE if what.startswith("odd_") else TOLERANCE
    if not largest <= tolerance:
        sys.exit(f"{what}: the outputs differ by more than {tolerance}")
    return largest


def saved(folder):
    return {path.stem: numpy.load(path) for path in folder.glob("*.npy") if path.stem != "inputs"}


def run(folder):
    module = load_module(folder / "model.py")
    net, inputs = module.load(), torch.from_numpy(numpy.load(folder / "inputs.npy"))
    found = worst(saved(folder), outputs_of(net, inputs), folder.name)
    write_safetensors(folder / "new.safetensors", draw_weights(net))
    module.load(folder / "new.safetensors")  # the program reads such a file, too
    numpy.savez(folder / "new.npz", **outputs_of(net, inputs))
    return found


def compare(folder):
    with numpy.load(folder / "new.npz") as theirs:
        return worst(saved(folder / "new"), dict(theirs), folder.name + ", PyTorch's weights")


def main():
    action = {"run": run, "compare": compare}[sys.argv[1]]
    folders = sorted(path.parent for path in pathlib.Path(sys.argv[2]).glob("*/model.py"))
    if len(folders) < 12:
        sys.exit(f"there are {len(folders)} models in {sys.argv[2]}")
    largest = max(action(folder) for folder in folders)
    print(f"{len(folders)} models agree, the largest difference is {largest:.1e}")


main()
