#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/images.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>

namespace hourglass::nn {

namespace {

// The shape, if every number in it and in the options makes sense.
Shape checked(const char* layer, const Shape& kernel, std::int64_t in, std::int64_t out,
              const Conv2DOptions& options) {
  expect_conv_options(layer, options);
  const std::int64_t groups = options.groups;
  if (in < 1 || out < 1)
    throw ShapeError(
        "{}: needs at least one input and one output channel, got {} -> {}; the arguments are (in, out, "
        "kernel size)",
        layer, in, out);
  if (groups < 1 || in % groups != 0 || out % groups != 0)
    throw ShapeError("{}: {} -> {} channels cannot be split into {} groups; groups must divide both", layer,
                     in, out, groups);
  if (*std::min_element(kernel.begin(), kernel.end()) < 1)
    throw ShapeError(
        "{}: the kernel must have at least one row and column, got shape {}; the size of a kernel begins at "
        "1",
        layer, kernel);
  return kernel;
}

std::string text(Extent2 e) { return std::to_string(e.rows) + "x" + std::to_string(e.columns); }
// "2", or "2x1" if rows and columns differ.
std::string short_text(Extent2 e) { return e.rows == e.columns ? std::to_string(e.rows) : text(e); }

std::string text(const Padding& p) {
  switch (p.kind) {
    case Padding::Kind::valid:
      return "";
    case Padding::Kind::same:
      return ", same";
    case Padding::Kind::given:
      break;
  }
  const bool even = p.top == p.bottom && p.top == p.left && p.top == p.right;
  return ", padding " + (even ? std::to_string(p.top)
                              : std::to_string(p.top) + "," + std::to_string(p.bottom) + "," +
                                    std::to_string(p.left) + "," + std::to_string(p.right));
}

std::string text(std::int64_t in, std::int64_t out, Extent2 kernel, const Conv2DOptions& o) {
  std::string s = std::to_string(in) + " -> " + std::to_string(out) + ", kernel " + text(kernel);
  if (o.stride != Extent2(1)) s += ", stride " + short_text(o.stride);
  if (o.dilation != Extent2(1)) s += ", dilation " + short_text(o.dilation);
  if (o.groups != 1) s += ", groups " + std::to_string(o.groups);
  return s + text(o.padding);
}

std::string text(std::int64_t in, std::int64_t out, std::int64_t kernel, const Conv1DOptions& o) {
  std::string s = std::to_string(in) + " -> " + std::to_string(out) + ", kernel " + std::to_string(kernel);
  if (o.stride != 1) s += ", stride " + std::to_string(o.stride);
  if (o.dilation != 1) s += ", dilation " + std::to_string(o.dilation);
  if (o.groups != 1) s += ", groups " + std::to_string(o.groups);
  return s + text(o.padding);
}

void expect_sequences(const Layer& layer, const Variable& x, std::int64_t channels) {
  if (x.rank() == 3 && x.shape(2) == channels) return;
  throw ShapeError("{} expects sequences (N, L, {}), got an input of shape {}{}", layer.describe(), channels,
                   x.shape(),
                   x.rank() == 3 ? "; make the layer's first argument " + std::to_string(x.shape(2)) : "");
}

// What a transposed convolution makes of an extent: see ConvTranspose2D.
struct Transposed {
  std::int64_t taps, stride, dilation;
  bool same;
  std::optional<std::int64_t> more;  // output_padding

  [[nodiscard]] std::int64_t length(const char* op, std::int64_t in) const {
    const std::int64_t reach = checked_sum(op, checked_product(op, taps - 1, dilation), 1);
    if (more) {
      const std::int64_t last = checked_product(op, in - 1, stride);
      return checked_sum(op, last, checked_sum(op, reach - 2 * (same ? reach / 2 : 0), *more));
    }
    return checked_sum(op, checked_product(op, in, stride),
                       same ? 0 : std::max<std::int64_t>(reach - stride, 0));
  }
};

}  // namespace

Conv2D::Conv2D(std::int64_t in, std::int64_t out, const Conv2DLayerOptions& o)
    : KernelLayer(
          checked("Conv2D", {o.kernel.rows, o.kernel.columns, in / std::max<std::int64_t>(o.groups, 1), out},
                  in, out,
                  {.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = o.groups}),
          out, common(o)),
      options_{.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = o.groups} {}

Conv2D::Config Conv2D::config() const {
  return {kernel.shape(2) * options_.groups, kernel.shape(3),
          with_common(Conv2DLayerOptions{.kernel = {kernel.shape(0), kernel.shape(1)},
                                         .stride = options_.stride,
                                         .padding = options_.padding,
                                         .dilation = options_.dilation,
                                         .groups = options_.groups})};
}

Variable Conv2D::forward(const Variable& x) {
  expect_images(*this, x, kernel.shape(2) * options_.groups);
  expect_kernel_type(x);
  return finish(conv2d(x, kernel, bias, options_, epilogue()), x.shape(0));
}

std::string Conv2D::details() const {
  return text(kernel.shape(2) * options_.groups, kernel.shape(3), {kernel.shape(0), kernel.shape(1)},
              options_) +
         activation_text();
}

Conv1D::Conv1D(std::int64_t in, std::int64_t out, const Conv1DLayerOptions& o)
    : KernelLayer(
          checked(
              "Conv1D", {o.kernel, in / std::max<std::int64_t>(o.groups, 1), out}, in, out,
              along_columns(
                  {.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = o.groups})),
          out, common(o)),
      options_{.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = o.groups} {}

Conv1D::Config Conv1D::config() const {
  return {kernel.shape(1) * options_.groups, kernel.shape(2),
          with_common(Conv1DLayerOptions{.kernel = kernel.shape(0),
                                         .stride = options_.stride,
                                         .padding = options_.padding,
                                         .dilation = options_.dilation,
                                         .groups = options_.groups})};
}

Variable Conv1D::forward(const Variable& x) {
  const std::int64_t channels = kernel.shape(1) * options_.groups;
  expect_sequences(*this, x, channels);
  expect_kernel_type(x);
  return finish(conv1d(x, kernel, bias, options_, epilogue()), x.shape(0));
}

std::string Conv1D::details() const {
  return text(kernel.shape(1) * options_.groups, kernel.shape(2), kernel.shape(0), options_) +
         activation_text();
}

ConvTranspose2D::ConvTranspose2D(std::int64_t in, std::int64_t out, const ConvTranspose2DOptions& o)
    : KernelLayer(checked("ConvTranspose2D", {o.kernel.rows, o.kernel.columns, out, in}, in, out,
                          {.stride = o.stride, .padding = o.padding, .dilation = o.dilation}),
                  out, common(o)),
      options_{.stride = o.stride, .padding = o.padding, .dilation = o.dilation},
      output_padding_(o.output_padding) {
  if (o.padding.kind == Padding::Kind::given)
    throw ShapeError("ConvTranspose2D: the padding must be valid or same; Cropping2D takes given edges away");
  if (!output_padding_) return;
  const Extent2 p = *output_padding_;
  if (p.rows < 0 || p.columns < 0 || p.rows >= o.stride.rows || p.columns >= o.stride.columns) {
    throw ShapeError(
        "ConvTranspose2D: output_padding ({}, {}) must be at least 0 and below the stride ({}, {}); leave it "
        "out for the usual extents",
        p.rows, p.columns, o.stride.rows, o.stride.columns);
  }
}

ConvTranspose2D::Config ConvTranspose2D::config() const {
  return {kernel.shape(3), kernel.shape(2),
          with_common(ConvTranspose2DOptions{.kernel = {kernel.shape(0), kernel.shape(1)},
                                             .stride = options_.stride,
                                             .padding = options_.padding,
                                             .output_padding = output_padding_,
                                             .dilation = options_.dilation})};
}

Variable ConvTranspose2D::forward(const Variable& x) {
  expect_images(*this, x, kernel.shape(3));
  expect_kernel_type(x);
  const bool same = options_.padding.kind == Padding::Kind::same;
  const auto more = [&](std::int64_t Extent2::*axis) {
    return output_padding_ ? std::optional((*output_padding_).*axis) : std::nullopt;
  };
  const Transposed down{kernel.shape(0), options_.stride.rows, options_.dilation.rows, same,
                        more(&Extent2::rows)},
      across{kernel.shape(1), options_.stride.columns, options_.dilation.columns, same,
             more(&Extent2::columns)};
  const Extent2 image{down.length("ConvTranspose2D", x.shape(1)),
                      across.length("ConvTranspose2D", x.shape(2))};
  return finish(conv2d_input_grad(x, kernel, image, options_, bias, epilogue()), x.shape(0));
}

std::string ConvTranspose2D::details() const {
  std::string s = text(kernel.shape(3), kernel.shape(2), {kernel.shape(0), kernel.shape(1)}, options_);
  if (output_padding_) s += ", output padding " + short_text(*output_padding_);
  return s + activation_text();
}

Conv1DTranspose::Conv1DTranspose(std::int64_t in, std::int64_t out, const Conv1DTransposeOptions& o)
    : KernelLayer(checked("Conv1DTranspose", {o.kernel, out, in}, in, out,
                          along_columns({.stride = o.stride, .padding = o.padding, .dilation = o.dilation})),
                  out, common(o)),
      options_{.stride = o.stride, .padding = o.padding, .dilation = o.dilation},
      output_padding_(o.output_padding) {
  if (o.padding.kind == Padding::Kind::given)
    throw ShapeError("Conv1DTranspose: the padding must be valid or same; slice takes given edges away");
  if (output_padding_ && (*output_padding_ < 0 || *output_padding_ >= o.stride)) {
    throw ShapeError(
        "Conv1DTranspose: output_padding {} must be at least 0 and below the stride {}; leave it out for the "
        "usual length",
        *output_padding_, o.stride);
  }
}

Conv1DTranspose::Config Conv1DTranspose::config() const {
  return {kernel.shape(2), kernel.shape(1),
          with_common(Conv1DTransposeOptions{.kernel = kernel.shape(0),
                                             .stride = options_.stride,
                                             .padding = options_.padding,
                                             .output_padding = output_padding_,
                                             .dilation = options_.dilation})};
}

Variable Conv1DTranspose::forward(const Variable& x) {
  expect_sequences(*this, x, kernel.shape(2));
  expect_kernel_type(x);
  const Transposed along{kernel.shape(0), options_.stride, options_.dilation,
                         options_.padding.kind == Padding::Kind::same, output_padding_};
  const Extent2 image{1, along.length("Conv1DTranspose", x.shape(1))};
  const Variable y = conv2d_input_grad(unsqueeze(x, 1), unsqueeze(kernel, 0), image, along_columns(options_),
                                       bias, epilogue());
  return finish(squeeze(y, 1), x.shape(0));
}

std::string Conv1DTranspose::details() const {
  std::string s = text(kernel.shape(2), kernel.shape(1), kernel.shape(0), options_);
  if (output_padding_) s += ", output padding " + std::to_string(*output_padding_);
  return s + activation_text();
}

DepthwiseConv2D::DepthwiseConv2D(std::int64_t channels, const DepthwiseConv2DOptions& o)
    : KernelLayer(checked("DepthwiseConv2D", {o.kernel.rows, o.kernel.columns, channels, o.depth_multiplier},
                          channels, checked_product("DepthwiseConv2D", channels, o.depth_multiplier),
                          {.stride = o.stride, .padding = o.padding, .dilation = o.dilation}),
                  checked_product("DepthwiseConv2D", channels, o.depth_multiplier), common(o)),
      options_{.stride = o.stride, .padding = o.padding, .dilation = o.dilation, .groups = channels} {}

DepthwiseConv2D::Config DepthwiseConv2D::config() const {
  return {kernel.shape(2), with_common(DepthwiseConv2DOptions{.kernel = {kernel.shape(0), kernel.shape(1)},
                                                              .stride = options_.stride,
                                                              .padding = options_.padding,
                                                              .dilation = options_.dilation,
                                                              .depth_multiplier = kernel.shape(3)})};
}

Variable DepthwiseConv2D::forward(const Variable& x) {
  const std::int64_t channels = kernel.shape(2), outputs = channels * kernel.shape(3);
  expect_images(*this, x, channels);
  expect_kernel_type(x);
  const Variable grouped = reshape(kernel, {kernel.shape(0), kernel.shape(1), 1, outputs});
  return finish(conv2d(x, grouped, bias, options_, epilogue()), x.shape(0));
}

std::string DepthwiseConv2D::details() const {
  Conv2DOptions shown = options_;
  shown.groups = 1;
  return text(kernel.shape(2), kernel.shape(2) * kernel.shape(3), {kernel.shape(0), kernel.shape(1)}, shown) +
         activation_text();
}

}  // namespace hourglass::nn
