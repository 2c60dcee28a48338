#include <hourglass/autograd/fast/conv.h>
#include <hourglass/autograd/ops/conv.h>
#include <hourglass/autograd/ops/epilogue.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass {

namespace {

Extent2 image_of(const Variable& x) { return {x.shape(1), x.shape(2)}; }
Extent2 kernel_of(const Variable& w) { return {w.shape(0), w.shape(1)}; }
const Tensor* value_of(const std::optional<Variable>& b) { return b ? &b->value() : nullptr; }

// The bias's gradient: the sum over images and places.
Variable sum_of_places(const Variable& dz, const Variable& /*y*/) { return sum(dz, {0, 1, 2}); }

// The two formulas and, with a bias, its own.
std::vector<Input> inputs_of(Input of_x, Input of_w, const std::optional<Variable>& b) {
  std::vector<Input> inputs{std::move(of_x), std::move(of_w)};
  if (b) inputs.push_back({*b, sum_of_places});
  return inputs;
}

}  // namespace

Variable conv2d(const Variable& x, const Variable& w, const std::optional<Variable>& b,
                const Conv2DOptions& options, Epilogue f) {
  Tensor y = conv2d(x.value(), w.value(), value_of(b), options, f);
  const Input of_x{x, [w, options, image = image_of(x)](const Variable& dz, const Variable&) {
                     return conv2d_input_grad(dz, w, image, options);
                   }};
  const Input of_w{w, [x, options, kernel = kernel_of(w)](const Variable& dz, const Variable&) {
                     return conv2d_kernel_grad(x, dz, kernel, options);
                   }};
  return record("conv2d", std::move(y), inputs_of(of_x, of_w, b))
      .called_with(options, f)
      .after(epilogue_grad(f))
      .with_fast(fast::conv2d(x, w, b, options, f));
}

Variable conv2d_input_grad(const Variable& y, const Variable& w, Extent2 image, const Conv2DOptions& options,
                           const std::optional<Variable>& b, Epilogue f) {
  Tensor x = conv2d_input_grad(y.value(), w.value(), image, options, value_of(b), f);
  const Input of_y{y,
                   [w, options](const Variable& dz, const Variable&) { return conv2d(dz, w, {}, options); }};
  const Input of_w{w, [y, options, kernel = kernel_of(w)](const Variable& dz, const Variable&) {
                     return conv2d_kernel_grad(dz, y, kernel, options);
                   }};
  return record("conv2d_input_grad", std::move(x), inputs_of(of_y, of_w, b))
      .called_with(options, f)
      .after(epilogue_grad(f))
      .with_fast(fast::conv2d_input_grad(y, w, b, options, f));
}

Variable conv2d_kernel_grad(const Variable& x, const Variable& y, Extent2 kernel,
                            const Conv2DOptions& options) {
  return record(
      "conv2d_kernel_grad", conv2d_kernel_grad(x.value(), y.value(), kernel, options),
      {
          {x, [y, options, image = image_of(x)](
                  const Variable& dw, const Variable&) { return conv2d_input_grad(y, dw, image, options); }},
          {y, [x, options](const Variable& dw, const Variable&) { return conv2d(x, dw, {}, options); }},
      });
}

Variable conv1d(const Variable& x, const Variable& w, const std::optional<Variable>& b,
                const Conv1DOptions& options, Epilogue f) {
  if (x.rank() != 3 || w.rank() != 3) {
    throw ShapeError(
        "conv1d: needs sequences (N, L, C) and a kernel (k, C/groups, O), got {} and {}; unsqueeze adds the "
        "axis that is missing",
        x.shape(), w.shape());
  }
  return squeeze(conv2d(unsqueeze(x, 1), unsqueeze(w, 0), b, along_columns(options), f), 1);
}

}  // namespace hourglass
