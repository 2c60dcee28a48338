#pragma once

#include <hourglass/nn/layers/recurrent.h>

namespace hourglass::nn {

struct LSTMOptions {
  bool return_sequences = false;  // the states of all steps, or only the last
  bool bias = true;
  bool unit_forget_bias = true;  // the forget gate's bias begins at 1 (Jozefowicz et al. 2015)
  Initializer kernel_initializer = glorot_uniform;
  Initializer recurrent_initializer = orthogonal();
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{}, recurrent_regularizer{};  // see regularization_loss
  DType dtype = float32;
};
template <class V>
void visit(LSTMOptions& o, V&& v) {
  v("return_sequences", o.return_sequences), v("bias", o.bias), v("unit_forget_bias", o.unit_forget_bias),
      v("kernel_initializer", o.kernel_initializer), v("recurrent_initializer", o.recurrent_initializer),
      v("bias_initializer", o.bias_initializer), v("kernel_regularizer", o.kernel_regularizer),
      v("recurrent_regularizer", o.recurrent_regularizer), v("dtype", o.dtype);
}

struct LSTMConfig {
  std::int64_t features = 0, units = 0;
  LSTMOptions options{};
};
template <class V>
void visit(LSTMConfig& c, V&& v) {
  v("features", c.features), v("units", c.units);
  visit(c.options, v);
}

/// Long short-term memory, see tensor/ops/lstm.h and Recurrent.
/// (N, T, features) -> (N, units), or (N, T, units) with return_sequences
///
/// kernel (features, 4 units), recurrent_kernel (units, 4 units), bias (4 units): columns for the input gate,
/// the forget gate, the cell and the output gate, as in Keras. The state is h and c.
class LSTM final : public Recurrent {
 public:
  LSTM(std::int64_t features, std::int64_t units, const LSTMOptions& options = {});

  [[nodiscard]] std::size_t state_count() const override { return 2; }

  using Config = LSTMConfig;
  [[nodiscard]] Config config() const;
  static LSTM from_config(const Config& c) { return {c.features, c.units, c.options}; }

 private:
  [[nodiscard]] std::vector<Variable> states(const Variable& x, const std::vector<Variable>& initial,
                                             bool all_parts) override;
  LSTMOptions options_;
};

}  // namespace hourglass::nn
