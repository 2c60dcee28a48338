#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/layers/kernel_layer.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>

namespace hourglass::nn {

KernelLayer::KernelLayer(const Shape& kernel_shape, std::int64_t outputs, KernelOptions<> common)
    : kernel(Variable::parameter(common.kernel_initializer(kernel_shape, common.dtype))),
      common_(std::move(common)) {
  if (common_.bias) bias = Variable::parameter(common_.bias_initializer({outputs}, common_.dtype));
}

KernelLayer::KernelLayer(const KernelLayer& other)
    : Layer(other), kernel(other.kernel), bias(other.bias), common_(other.common_) {}

void KernelLayer::expect_kernel_type(const Variable& x) const {
  if (x.dtype() == kernel.dtype()) return;
  throw DTypeError("{}: the kernel is {}, but the input {} is {}; convert it with x.to(hg::{})", describe(),
                   name(kernel.dtype()), x.shape(), name(x.dtype()), name(kernel.dtype()));
}

Variable KernelLayer::finish(Variable y, std::int64_t batch) {
  if (epilogue() == Epilogue::none) y = common_.activation(y);
  if (common_.activity_regularizer.is_active()) {
    activity_penalty_ =
        common_.activity_regularizer(y) / static_cast<double>(std::max<std::int64_t>(batch, 1));
  }
  return y;
}

std::optional<Variable> KernelLayer::take_penalty() {
  std::optional<Variable> sum = std::exchange(activity_penalty_, std::nullopt);
  if (common_.kernel_regularizer.is_active()) {
    const Variable of_kernel = common_.kernel_regularizer(kernel);
    sum = sum ? *sum + of_kernel : of_kernel;
  }
  return sum;
}

std::string KernelLayer::activation_text() const {
  return common_.activation.is_linear() ? "" : ", " + common_.activation.name();
}

}  // namespace hourglass::nn
