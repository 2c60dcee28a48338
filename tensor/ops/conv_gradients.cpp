#include <hourglass/tensor/kernels/conv/packed.h>
#include <hourglass/tensor/ops/activation.h>
#include <hourglass/tensor/ops/conv.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>

namespace hourglass {

namespace {

using detail::ConvPlan;
using detail::PackedGradients;

Extent2 kernel_of(const Tensor& w) { return {w.shape(0), w.shape(1)}; }
Extent2 image_of(const Tensor& x) { return {x.shape(1), x.shape(2)}; }

Tensor slope(const Tensor& dy, const Tensor& y, Epilogue f) {
  switch (f) {
    case Epilogue::relu:
      return relu_grad(dy, y);
    case Epilogue::sigmoid:
      return sigmoid_grad(dy, y);
    case Epilogue::tanh:
      return tanh_grad(dy, y);
    default:
      return dy;
  }
}

bool is_wide(const ConvPlan& plan, DType dtype) { return detail::uses_packed(plan, dtype) && plan.width > 1; }

ConvGradients in_one_pass(const PackedGradients& g, Epilogue f, const Tensor& dy, const Tensor& y,
                          const Tensor& x, const Tensor& w) {
  const Tensor arrived = dy.contiguous(), result = y.contiguous(), input = x.contiguous();
  ConvGradients out{Tensor(g.to_input.empty() ? Shape{0} : x.shape(), float32), Tensor(w.shape(), float32),
                    Tensor(Shape{dy.shape(3)}, float32)};
  detail::gradients_packed(g, f, arrived.data<float>(), result.data<float>(), input.data<float>(),
                           out.input.mutable_data<float>(), out.kernel.mutable_data<float>(),
                           out.bias.mutable_data<float>());
  return out;
}

}  // namespace

ConvGradients conv2d_gradients(const Tensor& dy, const Tensor& y, const Tensor& x, const Tensor& w,
                               const Conv2DOptions& options, Epilogue f, bool with_input) {
  PackedGradients g{detail::plan_conv2d("conv2d", x.shape(), w.shape(), options), false, {}};
  bool packed = is_wide(g.kernel, dy.dtype());
  if (with_input && packed) {
    const Tensor kernel = w.contiguous();
    for (const detail::PhasePlan& phase : detail::plan_phases(g.kernel)) {
      packed = packed && is_wide(phase.plan, dy.dtype());
      if (packed) g.to_input.push_back({phase.plan, detail::packed_turned_kernel(kernel, phase)});
    }
  }
  if (packed) return in_one_pass(g, f, dy, y, x, w);
  const Tensor dz = slope(dy, y, f);
  return {with_input ? conv2d_input_grad(dz, w, image_of(x), options) : Tensor(),
          conv2d_kernel_grad(x, dz, kernel_of(w), options), sum(dz, {0, 1, 2})};
}

ConvGradients conv2d_input_grad_gradients(const Tensor& dy, const Tensor& y, const Tensor& x, const Tensor& w,
                                          const Conv2DOptions& options, Epilogue f, bool with_input) {
  PackedGradients g{detail::plan_conv2d("conv2d_input_grad", y.shape(), w.shape(), options), true, {}};
  if (is_wide(g.kernel, dy.dtype())) {
    if (with_input) {
      const Tensor kernel = w.contiguous();
      g.to_input.push_back(
          {g.kernel, detail::packed_kernel(kernel.data<float>(), g.kernel.depth(), g.kernel.width)});
    }
    return in_one_pass(g, f, dy, y, x, w);
  }
  const Tensor dz = slope(dy, y, f);
  return {with_input ? conv2d(dz, w, nullptr, options) : Tensor(),
          conv2d_kernel_grad(dz, x, kernel_of(w), options), sum(dz, {0, 1, 2})};
}

}  // namespace hourglass
