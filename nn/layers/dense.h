#pragma once

#include <hourglass/nn/layers/kernel_layer.h>

namespace hourglass::nn {

/// activation, bias, kernel_initializer, bias_initializer, kernel_regularizer, activity_regularizer, dtype.
using DenseOptions = KernelOptions<>;

/// Fully connected layer:  y = f(x W + b).    (…, in) -> (…, out)
///
/// kernel (in, out), Glorot-uniform (Glorot & Bengio 2010, eq. 16);  bias (out), zeros.
/// Throws ShapeError if the last axis of x is not `in`, DTypeError if its type is not the kernel's.
class Dense final : public KernelLayer {
 public:
  Dense(std::int64_t in, std::int64_t out, const DenseOptions& options = {});

  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;  // "784 -> 128, relu"

  using Config = InOut<DenseOptions>;
  [[nodiscard]] Config config() const {
    return {kernel.shape(0), kernel.shape(1), with_common(DenseOptions{})};
  }
  static Dense from_config(const Config& c) { return {c.in, c.out, c.options}; }
};

}  // namespace hourglass::nn
