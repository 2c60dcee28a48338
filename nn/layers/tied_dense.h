#pragma once

#include <hourglass/nn/layers/dense.h>

namespace hourglass::nn {

struct TiedDenseOptions {
  Activation activation = Activation::linear;
  bool bias = true;
};

/// A Dense turned around, with the same kernel:  y = f(x Wᵀ + b).    (…, out) -> (…, in)
///
/// W (in, out) is that of the layer it is made from: one parameter, trained by both and counted once. Only
/// the bias (in), zeros at first, is its own. Throws as Dense does.
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
