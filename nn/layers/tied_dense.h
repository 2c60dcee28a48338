#pragma once

#include <hourglass/nn/layers/dense.h>

namespace hourglass::nn {

struct TiedDenseOptions {
  Activation activation = Activation::linear;
  bool bias = true;
};
template <class V>
void visit(TiedDenseOptions& o, V&& v) {
  v("activation", o.activation), v("bias", o.bias);
}

struct TiedDenseConfig {
  std::int64_t in = 0, out = 0;
  TiedDenseOptions options{};
  DType dtype = float32;
};
template <class V>
void visit(TiedDenseConfig& c, V&& v) {
  v("in", c.in), v("out", c.out);
  visit(c.options, v);
  v("dtype", c.dtype);
}

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

  /// Made so, it has a kernel of its own until it is tied again.
  using Config = TiedDenseConfig;
  [[nodiscard]] Config config() const {
    return {kernel.shape(1),
            kernel.shape(0),
            {.activation = activation_, .bias = bias.has_value()},
            kernel.dtype()};
  }
  static TiedDense from_config(const Config& c);

 private:
  Activation activation_;
};

}  // namespace hourglass::nn
