#pragma once

#include <hourglass/nn/layers/kernel_layer.h>

namespace hourglass::nn {

struct DenseOptions {
  Activation activation = Activation::linear;
  bool bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{};    // its penalty is part of regularization_loss(model)
  Regularizer activity_regularizer{};  // on the output y, divided by the batch size
  DType dtype = float32;
};

/// Fully connected layer:  y = f(x W + b).    (…, in) -> (…, out)
///
/// kernel (in, out), Glorot-uniform (Glorot & Bengio 2010, eq. 16);  bias (out), zeros.
/// Throws ShapeError if the last axis of x is not `in`, DTypeError if its type is not the kernel's.
class Dense final : public KernelLayer {
 public:
  Dense(std::int64_t in, std::int64_t out, const DenseOptions& options = {});

  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;  // "784 -> 128, relu"
};

}  // namespace hourglass::nn
