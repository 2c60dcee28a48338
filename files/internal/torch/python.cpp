#include <hourglass/files/internal/torch/plan.h>
#include <hourglass/tensor/base/error.h>

#include <fmt/core.h>
#include <algorithm>
#include <string_view>

namespace hourglass::files::torch {

namespace {

struct Helper {
  const char* name;
  const char* text;
};

// Classes that PyTorch does not have; a program holds those that it uses.
constexpr Helper kHelpers[] = {
    {"ChannelsFirst", R"py(
class ChannelsFirst(nn.Module):
    """(N, ..., C) -> (N, C, ...)"""

    def forward(self, x):
        return x.movedim(-1, 1)
)py"},
    {"ChannelsLast", R"py(
class ChannelsLast(nn.Module):
    """(N, C, ...) -> (N, ..., C)"""

    def forward(self, x):
        return x.movedim(1, -1)
)py"},
    {"SamePad", R"py(
class SamePad(nn.Module):
    """Pads images as TensorFlow's "same" does: to ceil(extent / stride) places, an odd one at the end."""

    def __init__(self, kernel, stride, dilation, value=0.0):
        super().__init__()
        self.axes, self.value = list(zip(kernel, stride, dilation)), value

    def forward(self, x):
        edges = []
        for extent, (kernel, stride, dilation) in reversed(list(zip(x.shape[2:], self.axes))):
            places = -(-extent // stride)
            more = max((places - 1) * stride + (kernel - 1) * dilation + 1 - extent, 0)
            edges += [more // 2, more - more // 2]
        return F.pad(x, edges, value=self.value)
)py"},
    {"ConvTranspose2d", R"py(
class ConvTranspose2d(nn.ConvTranspose2d):
    """With TensorFlow's extents: extent * stride if the padding is "same"; `more` is its output_padding."""

    def __init__(self, *arguments, same=False, more=None, **options):
        super().__init__(*arguments, **options)
        self.same, self.more = same, more

    def forward(self, x):
        y = F.conv_transpose2d(x, self.weight, None, self.stride, dilation=self.dilation)
        edges = []
        for axis in (1, 0):
            extent, stride = x.shape[2 + axis], self.stride[axis]
            reach = (self.kernel_size[axis] - 1) * self.dilation[axis] + 1
            whole = (extent - 1) * stride + reach
            if self.more is not None:
                wanted = whole - (2 * (reach // 2) if self.same else 0) + self.more[axis]
            else:
                wanted = extent * stride + (0 if self.same else max(reach - stride, 0))
            first = max(whole - wanted, 0) // 2 if self.same else 0
            edges += [-first, wanted - whole + first]
        y = F.pad(y, edges)
        return y if self.bias is None else y + self.bias[:, None, None]
)py"},
    {"AvgPool2d", R"py(
class AvgPool2d(nn.AvgPool2d):
    """The mean of each window over the places inside the image."""

    def __init__(self, window, stride, pad):
        super().__init__(window, stride)
        self.pad = pad

    def forward(self, x):
        return super().forward(self.pad(x)) / super().forward(self.pad(torch.ones_like(x)))
)py"},
    {"ConvTranspose1d", R"py(
class ConvTranspose1d(nn.ConvTranspose1d):
    """The length that Keras gives: that of the input times the stride, unless `more` says otherwise."""

    def __init__(self, *sizes, same=False, more=None, **options):
        super().__init__(*sizes, **options)
        self.same, self.more = same, more

    def forward(self, x):
        extent, stride = x.shape[2], self.stride[0]
        y = F.conv_transpose1d(x, self.weight, stride=stride, dilation=self.dilation)
        reach = (self.kernel_size[0] - 1) * self.dilation[0] + 1
        whole = (extent - 1) * stride + reach
        if self.more is not None:
            wanted = whole - (2 * (reach // 2) if self.same else 0) + self.more
        else:
            wanted = extent * stride + (0 if self.same else max(reach - stride, 0))
        first = max(whole - wanted, 0) // 2 if self.same else 0
        y = F.pad(y, [-first, wanted - whole + first])
        return y if self.bias is None else y + self.bias[:, None]
)py"},
    {"AvgPool1d", R"py(
class AvgPool1d(nn.AvgPool1d):
    """The mean of each window over the places inside the sequence."""

    def __init__(self, window, stride, pad):
        super().__init__(window, stride)
        self.pad = pad

    def forward(self, x):
        return super().forward(self.pad(x)) / super().forward(self.pad(torch.ones_like(x)))
)py"},
    {"BatchNorm", R"py(
class BatchNorm(nn.BatchNorm1d):
    """Of the last axis, whatever the rank."""

    def forward(self, x):
        return super().forward(x.reshape(-1, x.shape[-1])).reshape(x.shape)
)py"},
    {"TiedLinear", R"py(
class TiedLinear(nn.Module):
    """A Linear turned around, with the same weight: y = x W + b, W (out, in) the other's."""

    def __init__(self, features, bias=True, dtype=None):
        super().__init__()
        self.register_parameter("bias", nn.Parameter(torch.zeros(features, dtype=dtype)) if bias else None)
        self.other = []  # in a list, so that its weight is counted once

    def forward(self, x):
        return F.linear(x, self.other[0].weight.t(), self.bias)
)py"},
    {"LSTM", R"py(
class LSTM(nn.LSTM):
    """Gives the states of all steps, (N, T, units), or of the last, (N, units)."""

    def __init__(self, features, units, sequences, **options):
        super().__init__(features, units, batch_first=True, **options)
        self.sequences = sequences

    def forward(self, x):
        states, _ = super().forward(x)
        return states if self.sequences else states[:, -1]
)py"},
    {"GRU", R"py(
class GRU(nn.GRU):
    """Gives the states of all steps, (N, T, units), or of the last, (N, units)."""

    def __init__(self, features, units, sequences, **options):
        super().__init__(features, units, batch_first=True, **options)
        self.sequences = sequences

    def forward(self, x):
        states, _ = super().forward(x)
        return states if self.sequences else states[:, -1]
)py"},
    {"Reshape", R"py(
class Reshape(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(x.shape[0], *self.shape)
)py"},
    {"RepeatVector", R"py(
class RepeatVector(nn.Module):
    """The same features at each of n steps."""

    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        return x.unsqueeze(1).expand(-1, self.n, -1)
)py"},
    {"GaussianNoise", R"py(
class GaussianNoise(nn.Module):
    def __init__(self, stddev):
        super().__init__()
        self.stddev = stddev

    def forward(self, x):
        return x + self.stddev * torch.randn_like(x) if self.training else x
)py"},
    {"Function", R"py(
class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)
)py"},
    {"dot", R"py(
def dot(a, b, normalize=False):
    """Products of rows: (N, F), (N, F) -> (N, 1), or (N, I, F), (N, J, F) -> (N, I, J)."""
    if normalize:
        a, b = (x * torch.rsqrt(x.square().sum(-1, keepdim=True).clamp(min=1e-12)) for x in (a, b))
    return (a * b).sum(-1, keepdim=True) if a.dim() == 2 else a @ b.transpose(1, 2)
)py"},
    {"keep_top_k", R"py(
def keep_top_k(x, k):
    """The k largest of each row; the others become 0."""
    values, places = x.topk(k, dim=-1)
    return torch.zeros_like(x).scatter(-1, places, values)
)py"},
};

constexpr const char* kImports = R"py(import json
import pathlib
import struct
from collections import OrderedDict

import torch
from torch import nn
)py";

constexpr const char* kLoading = R"py(

def read_safetensors(path):
    """The tensors of a safetensors file by name."""
    types = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64, "U8": torch.uint8}
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        bytes_ = torch.frombuffer(data, dtype=torch.uint8)[begin:end].clone()
        tensors[name] = bytes_.view(types[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def load(path=None):
    """The network with the weights of the file beside this one, or of another; in evaluation mode."""
    net = @MODEL@()
    tensors = read_safetensors(path or pathlib.Path(__file__).with_suffix(".safetensors"))
@LOAD@
    return net.eval()
)py";

void replace(std::string& text, const std::string& what, const std::string& by) {
  text.replace(text.find(what), what.size(), by);
}

std::string modules(const std::vector<PyModule>& parts, const std::string& indent);

std::string expression(const PyModule& m, const std::string& indent) {
  return m.expression.empty() ? "nn.Sequential(" + modules(m.parts, indent) + ")" : m.expression;
}

std::string modules(const std::vector<PyModule>& parts, const std::string& indent) {
  std::string text = "OrderedDict([\n";
  for (const PyModule& m : parts)
    text += indent + "    (" + python_text(m.name) + ", " + expression(m, indent + "    ") + "),\n";
  return text + indent + "])";
}

std::string written(const PyClass& c) {
  const std::string indent = "        ";
  std::string text = "\n\nclass " + c.name + "(" + c.base + "):\n    \"\"" + python_text(c.document) +
                     "\"\"\n\n    def __init__(self):\n";
  if (c.base == "nn.Sequential") {
    text += indent + "super().__init__(" + modules(c.members, indent) + ")\n";
  } else {
    text += indent + "super().__init__()\n";
    for (const PyModule& m : c.members) {
      const std::string made = expression(m, indent);
      const std::string word = "self." + m.name + " = " + made;
      const std::string call = "self.add_module(" + python_text(m.name) + ", " + made + ")";
      text.append(indent).append(is_python_name(m.name) ? word : call).append("\n");
    }
  }
  for (const std::string& statement : c.statements) text += indent + statement + "\n";
  return c.methods.empty() ? text : text + "\n" + c.methods;
}

}  // namespace

std::string python_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const bool plain = static_cast<unsigned char>(c) >= 0x20 && c != '\x7f';
    if (c == '"' || c == '\\') out += '\\';
    out += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out + '"';
}

bool is_python_name(const std::string& text) {
  constexpr std::string_view kKeywords =
      " False None True and as assert async await break class continue def del elif else except finally for "
      "from "
      "global if import in is lambda nonlocal not or pass raise return try while with yield ";
  const auto is_mark = [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '_'; };
  return !text.empty() && std::none_of(text.begin(), text.end(), is_mark) &&
         !std::isdigit(static_cast<unsigned char>(text[0])) &&
         kKeywords.find(" " + text + " ") == std::string_view::npos;
}

std::string program(const Plan& plan, const std::string& title) {
  if (!plan.unsayable.empty()) {
    std::string list;
    for (const std::string& why : plan.unsayable) list += "\n  " + why;
    throw DataError("save_torch: this model cannot be said in PyTorch; what to change:{}", list);
  }
  std::string text =
      "\"\"\"" + title +
      ", for PyTorch.\n\n    net = load()\n    y = net(x)  # images are (N, H, W, C)\n\"\"\"\n\n";
  text += kImports;
  if (plan.helpers.count("SamePad") || plan.helpers.count("ConvTranspose2d") ||
      plan.helpers.count("TiedLinear"))
    text += "from torch.nn import functional as F\n";
  for (const Helper& helper : kHelpers) {
    if (plan.helpers.count(helper.name)) text += std::string("\n") + helper.text;
  }
  for (const PyClass& c : plan.classes) text += written(c);
  std::string loading = kLoading, load = "    net.load_state_dict(tensors)";
  if (!plan.aliases.empty()) {
    std::string names;
    for (const auto& [alias, first] : plan.aliases) names += (names.empty() ? "" : ", ") + python_text(alias);
    load = "    shared = {" + names +
           "}  # names of tensors that have another\n"
           "    missing, unexpected = net.load_state_dict(tensors, strict=False)\n"
           "    if unexpected or not shared.issuperset(missing):\n"
           "        raise ValueError(f\"missing {missing}, unexpected {unexpected}\")";
  }
  replace(loading, "@MODEL@", plan.classes.back().name);
  replace(loading, "@LOAD@", load);
  return text + loading;
}

}  // namespace hourglass::files::torch
