#pragma once

#include <hourglass/nn/layers/recurrent.h>

namespace hourglass::nn {

struct GRUOptions {
  bool return_sequences = false;  // the states of all steps, or only the last
  bool bias = true;
  bool reset_after = true;  // the reset gate acts on h U + b, as in cuDNN and PyTorch; else on h
  Initializer kernel_initializer = glorot_uniform;
  Initializer recurrent_initializer = orthogonal();
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{}, recurrent_regularizer{};  // see regularization_loss
  DType dtype = float32;
};
template <class V>
void visit(GRUOptions& o, V&& v) {
  v("return_sequences", o.return_sequences), v("bias", o.bias), v("reset_after", o.reset_after),
      v("kernel_initializer", o.kernel_initializer), v("recurrent_initializer", o.recurrent_initializer),
      v("bias_initializer", o.bias_initializer), v("kernel_regularizer", o.kernel_regularizer),
      v("recurrent_regularizer", o.recurrent_regularizer), v("dtype", o.dtype);
}

struct GRUConfig {
  std::int64_t features = 0, units = 0;
  GRUOptions options{};
};
template <class V>
void visit(GRUConfig& c, V&& v) {
  v("features", c.features), v("units", c.units);
  visit(c.options, v);
}

/// Gated recurrent units, see tensor/ops/gru.h and Recurrent.
/// (N, T, features) -> (N, units), or (N, T, units) with return_sequences
///
/// kernel (features, 3 units), recurrent_kernel (units, 3 units): columns for the update gate, the reset gate
/// and the candidate, as in Keras; bias (2, 3 units), of x W and of h U, or (3 units) without reset_after.
class GRU final : public Recurrent {
 public:
  GRU(std::int64_t features, std::int64_t units, const GRUOptions& options = {});

  [[nodiscard]] std::size_t state_count() const override { return 1; }

  using Config = GRUConfig;
  [[nodiscard]] Config config() const;
  static GRU from_config(const Config& c) { return {c.features, c.units, c.options}; }

 private:
  [[nodiscard]] std::vector<Variable> states(const Variable& x, const std::vector<Variable>& initial,
                                             bool all_parts) override;
  GRUOptions options_;
};

}  // namespace hourglass::nn
