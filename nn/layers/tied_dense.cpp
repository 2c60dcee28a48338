#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/tied_dense.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

TiedDense::TiedDense(const Dense& other, const TiedDenseOptions& options)
    : kernel(other.kernel), activation_(options.activation) {
  if (options.bias) bias = Variable::parameter(zeros_initializer({kernel.shape(0)}, kernel.dtype()));
}

TiedDense TiedDense::from_config(const Config& c) {
  return TiedDense(Dense(c.out, c.in, {.dtype = c.dtype}), c.options);
}

Variable TiedDense::forward(const Variable& x) {
  const std::int64_t in = kernel.shape(1), out = kernel.shape(0);
  if (x.rank() < 1 || x.shape(-1) != in)
    throw ShapeError(
        "{} expects {} features, got an input of shape {}; the last axis must have what the Dense gives "
        "whose kernel it uses",
        describe(), in, x.shape());
  const Variable rows = x.rank() == 2 ? x : reshape(x, {x.size() / in, in});
  Variable y = affine(rows, transpose(kernel), bias, activation_.epilogue());
  if (activation_.epilogue() == Epilogue::none) y = activation_(y);
  return x.rank() == 2 ? y : reshape(y, x.shape().with(-1, out));
}

std::string TiedDense::details() const {
  std::string text = std::to_string(kernel.shape(1)) + " -> " + std::to_string(kernel.shape(0)) + ", tied";
  if (!activation_.is_linear()) text += ", " + activation_.name();
  return text;
}

}  // namespace hourglass::nn
