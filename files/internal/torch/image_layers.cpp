#include <hourglass/files/internal/torch/layers.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/pool1d.h>

namespace hourglass::files::torch {

namespace {

using Kind = Padding::Kind;

// PyTorch pads both sides alike; what it does not do itself stands before the layer. Returns what it does.
std::string padding(Out& out, const Padding& p, const std::string& kernel, const std::string& stride,
                    const std::string& dilation, bool is_moving, const char* value) {
  const std::string worth = *value ? std::string(", value=") + value : "";
  if (p.kind == Kind::valid) return "";
  if (p.kind == Kind::same) {
    if (!is_moving && !*value) return ", padding=\"same\"";
    out.use("SamePad");
    out.beside("pad", "SamePad(" + kernel + ", " + stride + ", " + dilation + worth + ")");
    return "";
  }
  if (p.top == p.bottom && p.left == p.right && !*value)
    return fmt::format(", padding=({}, {})", p.top, p.left);
  out.beside("pad", fmt::format("nn.ConstantPad2d(({}, {}, {}, {}), {})", p.left, p.right, p.top, p.bottom,
                                *value ? value : "0.0"));
  return "";
}

// Conv2D and DepthwiseConv2D: kernel (kh, kw, in/groups, out) once it is `split`.
template <class Layer, class Options>
void say_conv(const Layer& l, const Options& o, std::int64_t in, std::int64_t outputs, std::int64_t groups,
              Out& out) {
  const bool moves = !(o.stride == Extent2(1));
  const std::string pad =
      padding(out, o.padding, pair(o.kernel), pair(o.stride), pair(o.dilation), moves, "");
  out.layer(fmt::format("nn.Conv2d({}, {}, {}{}{}{}{}{}{})", in, outputs, pair(o.kernel),
                        moves ? ", stride=" + pair(o.stride) : "", pad,
                        o.dilation == Extent2(1) ? "" : ", dilation=" + pair(o.dilation),
                        groups == 1 ? "" : fmt::format(", groups={}", groups), bias_argument(o.bias),
                        dtype_argument(o.dtype)));
  const Shape split{o.kernel.rows, o.kernel.columns, in / groups, outputs};
  out.bind(permuted(out.at("kernel"), out.at("weight"), l.kernel.value(), {3, 2, 0, 1}, split), l.kernel,
           fmt::format("conv {}", groups));
  if (l.bias) out.bind(same(out.at("bias"), out.at("bias"), l.bias->value()), *l.bias, "same");
  out.activation(o.activation, 1);
}

void say(const nn::Conv2D& l, const Step& /*step*/, Out& out) {
  const nn::Conv2D::Config c = l.config();
  say_conv(l, c.options, c.in, c.out, c.options.groups, out);
}

void say(const nn::DepthwiseConv2D& l, const Step& /*step*/, Out& out) {
  const nn::DepthwiseConv2D::Config c = l.config();
  say_conv(l, c.options, c.channels, c.channels * c.options.depth_multiplier, c.channels, out);
}

std::string one(std::int64_t n) { return fmt::format("({},)", n); }

// What is said between them works on (N, C, L).
void begin_sequences(Out& out) {
  out.use("ChannelsFirst"), out.use("ChannelsLast");
  out.beside("channels_first", "ChannelsFirst()");
}
void end_sequences(Out& out) { out.beside("channels_last", "ChannelsLast()"); }

void say(const nn::Conv1D& l, const Step& /*step*/, Out& out) {
  const nn::Conv1D::Config c = l.config();
  const nn::Conv1DLayerOptions& o = c.options;
  begin_sequences(out);
  std::string pad;
  if (o.padding.kind == Kind::given && o.padding.left == o.padding.right) {
    pad = fmt::format(", padding={}", o.padding.left);
  } else if (o.padding.kind == Kind::given) {
    out.beside("pad", fmt::format("nn.ConstantPad1d(({}, {}), 0.0)", o.padding.left, o.padding.right));
  } else {
    pad = padding(out, o.padding, one(o.kernel), one(o.stride), one(o.dilation), o.stride != 1, "");
  }
  const auto option = [](const char* name, std::int64_t n) {
    return n == 1 ? std::string() : fmt::format(", {}={}", name, n);
  };
  out.layer(fmt::format("nn.Conv1d({}, {}, {}{}{}{}{}{}{})", c.in, c.out, o.kernel,
                        option("stride", o.stride), pad, option("dilation", o.dilation),
                        option("groups", o.groups), bias_argument(o.bias), dtype_argument(o.dtype)));
  out.bind(permuted(out.at("kernel"), out.at("weight"), l.kernel.value(), {2, 1, 0}), l.kernel, "conv1d");
  if (l.bias) out.bind(same(out.at("bias"), out.at("bias"), l.bias->value()), *l.bias, "same");
  out.activation(o.activation, 1);
  end_sequences(out);
}

void say(const nn::Conv1DTranspose& l, const Step& /*step*/, Out& out) {
  const nn::Conv1DTranspose::Config c = l.config();
  const nn::Conv1DTransposeOptions& o = c.options;
  begin_sequences(out);
  out.use("ConvTranspose1d");
  out.layer(fmt::format("ConvTranspose1d({}, {}, {}, stride={}, dilation={}{}{}{}{})", c.in, c.out, o.kernel,
                        o.stride, o.dilation, bias_argument(o.bias), dtype_argument(o.dtype),
                        o.padding.kind == Kind::same ? ", same=True" : "",
                        o.output_padding ? fmt::format(", more={}", *o.output_padding) : ""));
  out.bind(permuted(out.at("kernel"), out.at("weight"), l.kernel.value(), {2, 1, 0}), l.kernel, "conv1d");
  if (l.bias) out.bind(same(out.at("bias"), out.at("bias"), l.bias->value()), *l.bias, "same");
  out.activation(o.activation, 1);
  end_sequences(out);
}

// Padding of a pool along one axis, as a module; empty for none.
std::string padding_1d(Out& out, const nn::Pool1DOptions& o, const char* value) {
  if (o.padding.kind == Kind::valid) return "";
  if (o.padding.kind == Kind::given)
    return fmt::format("nn.ConstantPad1d(({}, {}), {})", o.padding.left, o.padding.right, value);
  out.use("SamePad");
  return fmt::format("SamePad({}, {}, (1,), value={})", one(o.window), one(o.stride.value_or(o.window)),
                     value);
}

void say(const nn::MaxPool1D& l, const Step& /*step*/, Out& out) {
  const nn::Pool1DOptions& o = l.config();
  begin_sequences(out);
  const std::string pad = padding_1d(out, o, "float(\"-inf\")");
  if (!pad.empty()) out.beside("pad", pad);
  out.layer(fmt::format("nn.MaxPool1d({}, {})", o.window, o.stride.value_or(o.window)));
  end_sequences(out);
}

void say(const nn::AveragePool1D& l, const Step& /*step*/, Out& out) {
  const nn::Pool1DOptions& o = l.config();
  begin_sequences(out);
  const std::string pad = padding_1d(out, o, "0.0"),
                    arguments = fmt::format("{}, {}", o.window, o.stride.value_or(o.window));
  if (pad.empty()) {
    out.layer("nn.AvgPool1d(" + arguments + ")");
  } else {
    out.use("AvgPool1d");
    out.layer("AvgPool1d(" + arguments + ", " + pad + ")");
  }
  end_sequences(out);
}

void say(const nn::UpSampling1D& l, const Step& /*step*/, Out& out) {
  begin_sequences(out);
  out.layer(fmt::format("nn.Upsample(scale_factor={}, mode=\"nearest\")", l.config().factor));
  end_sequences(out);
}

void say(const nn::ConvTranspose2D& l, const Step& /*step*/, Out& out) {
  const nn::ConvTranspose2D::Config c = l.config();
  const nn::ConvTranspose2DOptions& o = c.options;
  std::string arguments = fmt::format("{}, {}, {}", c.in, c.out, pair(o.kernel));
  if (!(o.stride == Extent2(1))) arguments += ", stride=" + pair(o.stride);
  if (!(o.dilation == Extent2(1))) arguments += ", dilation=" + pair(o.dilation);
  arguments += bias_argument(o.bias) + dtype_argument(o.dtype);
  const auto more = [&](std::int64_t Extent2::*axis) {
    return (o.kernel.*axis - 1) * (o.dilation.*axis) + 1 -
           o.stride.*axis;  // than the stride a kernel reaches
  };
  const std::int64_t rows = more(&Extent2::rows), columns = more(&Extent2::columns);
  const bool plain = !o.output_padding && rows >= 0 && columns >= 0;
  if (plain && o.padding.kind == Kind::valid) {
    out.layer("nn.ConvTranspose2d(" + arguments + ")");
  } else if (plain && rows % 2 == 0 && columns % 2 == 0) {
    out.layer(fmt::format("nn.ConvTranspose2d({}, padding=({}, {}))", arguments, rows / 2, columns / 2));
  } else {
    out.use("ConvTranspose2d");
    if (o.padding.kind == Kind::same) arguments += ", same=True";
    if (o.output_padding) arguments += ", more=" + pair(*o.output_padding);
    out.layer("ConvTranspose2d(" + arguments + ")");
  }
  out.bind(permuted(out.at("kernel"), out.at("weight"), l.kernel.value(), {3, 2, 0, 1}), l.kernel, "conv 1");
  if (l.bias) out.bind(same(out.at("bias"), out.at("bias"), l.bias->value()), *l.bias, "same");
  out.activation(o.activation, 1);
}

void say(const nn::MaxPool2D& l, const Step& /*step*/, Out& out) {
  const Pool2DOptions& o = l.config();
  const Extent2 stride = o.stride.value_or(o.window);
  padding(out, o.padding, pair(o.window), pair(stride), "(1, 1)", true, "float(\"-inf\")");
  out.layer("nn.MaxPool2d(" + pair(o.window) + ", " + pair(stride) + ")");
}

void say(const nn::AveragePool2D& l, const Step& /*step*/, Out& out) {
  const Pool2DOptions& o = l.config();
  const Extent2 stride = o.stride.value_or(o.window);
  const std::string arguments = pair(o.window) + ", " + pair(stride);
  if (o.padding.kind == Kind::valid) return out.layer("nn.AvgPool2d(" + arguments + ")");
  out.use("AvgPool2d");
  std::vector<PyModule> pads;
  Out inside{out.plan, out.known, pads, out.path, out.name};
  padding(inside, o.padding, pair(o.window), pair(stride), "(1, 1)", true, "0.0");
  out.layer("AvgPool2d(" + arguments + ", " + pads.at(0).expression + ")");
}

void say(const nn::GlobalAveragePool2D& l, const Step& /*step*/, Out& out) {
  out.layer("nn.AdaptiveAvgPool2d(1)");
  if (!l.config().keepdims) out.beside("flatten", "nn.Flatten()");
}

void say(const nn::UpSampling2D& l, const Step& /*step*/, Out& out) {
  const nn::UpSampling2DOptions& o = l.config();
  const bool nearest = o.interpolation == Interpolation::nearest;
  out.layer("nn.Upsample(scale_factor=" + pair(o.factor) +
            (nearest ? ", mode=\"nearest\")" : ", mode=\"bilinear\", align_corners=False)"));
}

void say(const nn::ZeroPadding2D& l, const Step& /*step*/, Out& out) {
  const nn::Edges2D& e = l.config();
  out.layer(fmt::format("nn.ZeroPad2d(({}, {}, {}, {}))", e.left, e.right, e.top, e.bottom));
}
void say(const nn::Cropping2D& l, const Step& /*step*/, Out& out) {
  const nn::Edges2D& e = l.config();
  out.layer(fmt::format("nn.ZeroPad2d(({}, {}, {}, {}))", -e.left, -e.right, -e.top, -e.bottom));
}
void say(const nn::SpatialDropout2D& l, const Step& /*step*/, Out& out) {
  out.layer(fmt::format("nn.Dropout2d({})", l.config().rate));
}

}  // namespace

bool say_image_layer(const nn::Module& layer, const Step& step, Out& out) {
  return try_say<nn::Conv2D>(layer, step, out, say) || try_say<nn::DepthwiseConv2D>(layer, step, out, say) ||
         try_say<nn::ConvTranspose2D>(layer, step, out, say) || try_say<nn::Conv1D>(layer, step, out, say) ||
         try_say<nn::Conv1DTranspose>(layer, step, out, say) ||
         try_say<nn::MaxPool1D>(layer, step, out, say) || try_say<nn::AveragePool1D>(layer, step, out, say) ||
         try_say<nn::UpSampling1D>(layer, step, out, say) || try_say<nn::MaxPool2D>(layer, step, out, say) ||
         try_say<nn::AveragePool2D>(layer, step, out, say) ||
         try_say<nn::GlobalAveragePool2D>(layer, step, out, say) ||
         try_say<nn::UpSampling2D>(layer, step, out, say) ||
         try_say<nn::ZeroPadding2D>(layer, step, out, say) ||
         try_say<nn::Cropping2D>(layer, step, out, say) ||
         try_say<nn::SpatialDropout2D>(layer, step, out, say);
}

}  // namespace hourglass::files::torch
