#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

namespace {

Shape kernel_shape(std::int64_t in, std::int64_t out) {
  if (in < 1 || out < 1)
    throw ShapeError(
        "Dense: needs at least one input and one output, got {} -> {}; the arguments are (in, out)", in, out);
  return {in, out};
}

}  // namespace

Dense::Dense(std::int64_t in, std::int64_t out, const DenseOptions& options)
    : KernelLayer(kernel_shape(in, out), out, common(options)) {}

Variable Dense::forward(const Variable& x) {
  const std::int64_t in = kernel.shape(0), out = kernel.shape(1);
  if (x.rank() < 1 || x.shape(-1) != in) {
    throw ShapeError(
        "{} expects {} features, got an input of shape {}; the last axis must have {} (Flatten makes one "
        "axis of several)",
        describe(), in, x.shape(), in);
  }
  expect_kernel_type(x);
  const bool flat = x.rank() == 2;
  const std::int64_t rows = x.size() / in;
  Variable y = affine(flat ? x : reshape(x, {rows, in}), kernel, bias, epilogue());
  if (!flat) y = reshape(y, x.shape().with(-1, out));
  return finish(std::move(y), x.rank() > 1 ? x.shape(0) : 1);
}

std::string Dense::details() const {
  return std::to_string(kernel.shape(0)) + " -> " + std::to_string(kernel.shape(1)) + activation_text();
}

}  // namespace hourglass::nn
