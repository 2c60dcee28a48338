#include <hourglass/onnx/internal/forms.h>
#include <hourglass/tensor/ops/conv.h>
#include <hourglass/tensor/ops/pool.h>
#include <hourglass/tensor/views.h>

namespace hourglass::onnx::internal {

namespace {

Extent2 image_of(const Value& x) { return {x.shape[1], x.shape[2]}; }
Ints pair(Extent2 e) { return {e.rows, e.columns}; }
// Top, left, bottom, right.
Ints pads_of(const Conv2DOptions& o) {
  return {o.padding.top, o.padding.left, o.padding.bottom, o.padding.right};
}

// A kernel (kh, kw, a, b) as (b, a, kh, kw): ONNX has outputs first for a convolution, inputs for its
// adjoint.
std::string kernel(Op& op) { return op.graph.constant(permute(op.constant(1), {3, 2, 0, 1}), op.hint(1)); }

std::vector<std::string> with_kernel_and_bias(Op& op) {
  std::vector<std::string> in{op.first(), kernel(op)};
  if (op.inputs.size() > 2) in.push_back(op.last(2));
  return in;
}

void expect_fixed_extents(Op& op) {
  if (op.inputs[0]->is_open(1) || op.inputs[0]->is_open(2))
    op.refuse("has an image whose height or width depends on the number of examples");
}

void conv2d(Op& op) {
  expect_fixed_extents(op);
  const auto& [options, activation] = op.arguments<Conv2DOptions, Epilogue>();
  const Extent2 window{op.constant(1).shape(0), op.constant(1).shape(1)};
  const Conv2DOptions o = with_explicit_padding(options, image_of(*op.inputs[0]), window);
  const std::string y = op.node("Conv", with_kernel_and_bias(op),
                                {{"kernel_shape", pair(window)},
                                 {"strides", pair(o.stride)},
                                 {"dilations", pair(o.dilation)},
                                 {"group", o.groups},
                                 {"pads", pads_of(o)}});
  op.set_first(activated(op, activation, y));
}

// What is missing of the wanted extents, ONNX adds at the end: output_padding.
void conv2d_input_grad(Op& op) {
  expect_fixed_extents(op);
  const auto& [options, activation] = op.arguments<Conv2DOptions, Epilogue>();
  const Extent2 window{op.constant(1).shape(0), op.constant(1).shape(1)}, in = image_of(*op.inputs[0]),
                                                                          out = image_of(op.output);
  const Conv2DOptions o = with_explicit_padding(options, out, window);
  const auto missing = [](std::int64_t length, std::int64_t places, std::int64_t stride, std::int64_t taps,
                          std::int64_t dilation, std::int64_t pads) {
    return length - ((places - 1) * stride + (taps - 1) * dilation + 1 - pads);
  };
  const Ints more{missing(out.rows, in.rows, o.stride.rows, window.rows, o.dilation.rows,
                          o.padding.top + o.padding.bottom),
                  missing(out.columns, in.columns, o.stride.columns, window.columns, o.dilation.columns,
                          o.padding.left + o.padding.right)};
  const std::string y = op.node("ConvTranspose", with_kernel_and_bias(op),
                                {{"kernel_shape", pair(window)},
                                 {"strides", pair(o.stride)},
                                 {"dilations", pair(o.dilation)},
                                 {"group", o.groups},
                                 {"pads", pads_of(o)},
                                 {"output_padding", more}});
  op.set_first(activated(op, activation, y));
}

Attributes windows(Op& op) {
  expect_fixed_extents(op);
  const Pool2DOptions& o = std::get<0>(op.arguments<Pool2DOptions>());
  const Conv2DOptions padded = with_explicit_padding(
      {.stride = o.stride.value_or(o.window), .padding = o.padding}, image_of(*op.inputs[0]), o.window);
  return {{"kernel_shape", pair(o.window)}, {"strides", pair(padded.stride)}, {"pads", pads_of(padded)}};
}

void max_pool2d(Op& op) { op.set_first(op.node("MaxPool", {op.first()}, windows(op))); }
// Places outside the image do not count, which is ONNX's default too.
void average_pool2d(Op& op) { op.set_first(op.node("AveragePool", {op.first()}, windows(op))); }

void upsample2d(Op& op) {
  const auto [factor, kind] = op.arguments<Extent2, Interpolation>();
  Tensor scales = Tensor(Shape{4}, float32);
  float* const s = scales.mutable_data<float>();
  s[0] = s[1] = 1.0F;
  s[2] = static_cast<float>(factor.rows), s[3] = static_cast<float>(factor.columns);
  const bool nearest = kind == Interpolation::nearest;
  const Attributes as =
      nearest ? Attributes{{"mode", "nearest"},
                           {"coordinate_transformation_mode", "asymmetric"},
                           {"nearest_mode", "floor"}}
              : Attributes{{"mode", "linear"}, {"coordinate_transformation_mode", "half_pixel"}};
  const std::string x = op.first();
  op.set_first(op.node("Resize", {x, "", op.graph.constant_of_own_type(scales, "scales")}, as));
}

}  // namespace

const std::vector<NamedForm>& image_forms() {
  static const std::vector<NamedForm> forms{
      {"conv2d", conv2d},         {"conv2d_input_grad", conv2d_input_grad},
      {"max_pool2d", max_pool2d}, {"average_pool2d", average_pool2d},
      {"upsample2d", upsample2d},
  };
  return forms;
}

}  // namespace hourglass::onnx::internal
