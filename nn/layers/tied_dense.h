#pragma once

#include <hourglass/nn/layers/dense.h>

namespace hourglass::nn {

struct TiedDenseOptions {
  Activation activation = Activation::linear;
  bool bias = true;
};

/// A Dense turned around, with the same kernel:  y = f(x Wᵀ + b).    (…, out) -> (…, in)
///
/// W (in, out) is the Dense's own kernel: one parameter, to which both give gradients, counted and saved once
/// in a model that holds both (another Variable put into either's `kernel` unties them). Only the bias (in),
/// zeros at first, is its own. Throws ShapeError unless the last axis of x is `out`, DTypeError unless x is
/// of the kernel's type.
class TiedDense final : public Layer {
 public:
  explicit TiedDense(const Dense& other, const TiedDenseOptions& options = {});

  Variable forward(const Variable& x) override;
  void visit(Visitor& v) override { v("kernel", kernel), v("bias", bias); }
  [[nodiscard]] std::string details() const override;  // "64 -> 784, tied, sigmoid"

  Variable kernel;
  std::optional<Variable> bias;

 private:
  Activation activation_;
};

}  // namespace hourglass::nn
