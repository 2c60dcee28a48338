#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/images.h>
#include <hourglass/nn/layers/masked.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>

namespace hourglass::nn {

namespace {

std::int64_t variables_of(std::int64_t in, std::int64_t out, const MaskedDenseOptions& o) {
  if (in < 1 || out < 1)
    throw ShapeError(
        "MaskedDense: needs at least one input and one output, got {} -> {}; the arguments are (in, out)", in,
        out);
  const bool is_first = o.place == MaskedPlace::first, is_last = o.place == MaskedPlace::last;
  const std::int64_t d = o.variables == 0 && is_first ? in : o.variables;
  if (d < 1)
    throw DataError(
        "MaskedDense: a layer that is not the first must say how many variables there are, got {}; give "
        ".variables, the number of the first layer's inputs",
        o.variables);
  if ((is_first && in % d != 0) || (is_last && out % d != 0))
    throw ShapeError("MaskedDense: {} {} are no multiple of {} variables; give one number or more for each",
                     is_first ? in : out, is_first ? "inputs" : "outputs", d);
  return d;
}

Shape dense_shape(std::int64_t in, std::int64_t out, const MaskedDenseOptions& o) {
  (void)variables_of(in, out, o);
  return {in, out};
}

// Inputs and outputs come in the order of the variables, hidden units take turns.
std::int64_t degree(std::int64_t unit, bool is_hidden, std::int64_t variables) {
  return 1 + unit % (is_hidden ? std::max<std::int64_t>(1, variables - 1) : variables);
}

Tensor dense_mask(std::int64_t in, std::int64_t out, MaskedPlace place, std::int64_t variables) {
  Tensor mask = zeros({in, out}, float64);
  auto* const m = mask.mutable_data<double>();
  for (std::int64_t i = 0; i < in; ++i) {
    const std::int64_t from = degree(i, place != MaskedPlace::first, variables);
    for (std::int64_t j = 0; j < out; ++j) {
      const std::int64_t to = degree(j, place != MaskedPlace::last, variables);
      m[i * out + j] = place == MaskedPlace::last ? (to > from) : (to >= from);
    }
  }
  return mask;
}

Shape conv_shape(std::int64_t in, std::int64_t out, Extent2 kernel) {
  if (in < 1 || out < 1 || kernel.rows % 2 != 1 || kernel.columns % 2 != 1 || kernel.rows < 1 ||
      kernel.columns < 1)
    throw ShapeError(
        "MaskedConv2D: needs channels and an odd kernel, got {} -> {}, kernel {} x {}; 3 and 7 are usual", in,
        out, kernel.rows, kernel.columns);
  return {kernel.rows, kernel.columns, in, out};
}

Tensor conv_mask(Extent2 kernel, bool sees_itself) {
  Tensor mask = zeros({kernel.rows, kernel.columns, 1, 1}, float64);
  const std::int64_t middle = kernel.rows / 2 * kernel.columns + kernel.columns / 2;
  std::fill_n(mask.mutable_data<double>(), middle + (sees_itself ? 1 : 0), 1.0);
  return mask;
}

}  // namespace

MaskedDense::MaskedDense(std::int64_t in, std::int64_t out, const MaskedDenseOptions& o)
    : KernelLayer(dense_shape(in, out, o), out, common(o)),
      place_(o.place),
      variables_(variables_of(in, out, o)),
      mask_(dense_mask(in, out, place_, variables_).to(o.dtype)) {}

MaskedDense::Config MaskedDense::config() const {
  return {kernel.shape(0), kernel.shape(1),
          with_common(MaskedDenseOptions{.place = place_, .variables = variables_})};
}

Variable MaskedDense::forward(const Variable& x) {
  const std::int64_t in = kernel.shape(0), out = kernel.shape(1);
  if (x.rank() < 1 || x.shape(-1) != in)
    throw ShapeError("{} expects {} features, got an input of shape {}; the last axis must have {}",
                     describe(), in, x.shape(), in);
  expect_kernel_type(x);
  const bool flat = x.rank() == 2;
  Variable y = affine(flat ? x : reshape(x, {x.size() / in, in}), kernel * mask_, bias, epilogue());
  if (!flat) y = reshape(y, x.shape().with(-1, out));
  return finish(std::move(y), x.rank() > 1 ? x.shape(0) : 1);
}

std::string MaskedDense::details() const {
  return std::to_string(kernel.shape(0)) + " -> " + std::to_string(kernel.shape(1)) + ", " +
         enum_names(place_)[static_cast<std::size_t>(place_)] + " of " + std::to_string(variables_) +
         activation_text();
}

MaskedConv2D::MaskedConv2D(std::int64_t in, std::int64_t out, const MaskedConv2DOptions& o)
    : KernelLayer(conv_shape(in, out, o.kernel), out, common(o)),
      sees_itself_(o.sees_itself),
      mask_(conv_mask(o.kernel, o.sees_itself).to(o.dtype)) {}

MaskedConv2D::Config MaskedConv2D::config() const {
  return {kernel.shape(2), kernel.shape(3),
          with_common(MaskedConv2DOptions{.kernel = {kernel.shape(0), kernel.shape(1)},
                                          .sees_itself = sees_itself_})};
}

Variable MaskedConv2D::forward(const Variable& x) {
  expect_images(*this, x, kernel.shape(2));
  expect_kernel_type(x);
  return finish(conv2d(x, kernel * mask_, bias, {.padding = Padding::same}, epilogue()), x.shape(0));
}

std::string MaskedConv2D::details() const {
  return std::to_string(kernel.shape(2)) + " -> " + std::to_string(kernel.shape(3)) + ", kernel " +
         std::to_string(kernel.shape(0)) + "x" + std::to_string(kernel.shape(1)) +
         (sees_itself_ ? "" : ", without itself") + activation_text();
}

}  // namespace hourglass::nn
