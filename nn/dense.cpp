#include <hourglass/autograd/elementwise.h>
#include <hourglass/autograd/linalg.h>
#include <hourglass/autograd/views.h>
#include <hourglass/nn/dense.h>
#include <hourglass/tensor/error.h>

#include <algorithm>

namespace hourglass::nn {

Dense::Dense(std::int64_t in, std::int64_t out, DenseOptions options) : options_(std::move(options)) {
  if (in < 1 || out < 1)
    throw ShapeError("Dense: needs at least one input and one output, got {} -> {}", in, out);
  kernel = Variable::parameter(options_.kernel_initializer({in, out}, options_.dtype));
  if (options_.bias) bias = Variable::parameter(options_.bias_initializer({out}, options_.dtype));
}

Variable Dense::forward(const Variable& x) {
  const std::int64_t in = kernel.shape(0), out = kernel.shape(1);
  if (x.rank() < 1 || x.shape(-1) != in) {
    throw ShapeError(
        "{} expects {} features, got an input of shape {}; the last axis must have {} (Flatten makes one "
        "axis "
        "of several)",
        describe(), in, x.shape(), in);
  }
  if (x.dtype() != kernel.dtype()) {
    throw DTypeError("{}: the kernel is {}, but the input {} is {}; convert it with x.to(hg::{})", describe(),
                     name(kernel.dtype()), x.shape(), name(x.dtype()), name(kernel.dtype()));
  }
  const bool flat = x.rank() == 2;
  const std::int64_t rows = x.size() / in;
  Variable y = affine(flat ? x : reshape(x, {rows, in}), kernel, bias, options_.activation.epilogue());
  if (options_.activation.epilogue() == Epilogue::none) y = options_.activation(y);
  if (!flat) y = reshape(y, x.shape().with(-1, out));
  if (options_.activity_regularizer.is_active()) {
    const auto batch = static_cast<double>(std::max<std::int64_t>(x.rank() > 1 ? x.shape(0) : 1, 1));
    activity_penalty_ = options_.activity_regularizer(y) / batch;
  }
  return y;
}

std::string Dense::details() const {
  std::string text = std::to_string(kernel.shape(0)) + " -> " + std::to_string(kernel.shape(1));
  if (!options_.activation.is_linear()) text += ", " + options_.activation.name();
  return text;
}

std::optional<Variable> Dense::take_penalty() {
  std::optional<Variable> sum = std::exchange(activity_penalty_, std::nullopt);
  if (options_.kernel_regularizer.is_active()) {
    const Variable of_kernel = options_.kernel_regularizer(kernel);
    sum = sum ? *sum + of_kernel : of_kernel;
  }
  return sum;
}

}  // namespace hourglass::nn
