#pragma once

#include <hourglass/nn/initializer.h>
#include <hourglass/nn/module.h>

#include <optional>

namespace hourglass::nn {

struct LSTMOptions {
  bool return_sequences = false;  // the states of all steps, or only the last
  bool bias = true;
  bool unit_forget_bias = true;  // the forget gate's bias begins at 1 (Jozefowicz et al. 2015)
  Initializer kernel_initializer = glorot_uniform;
  Initializer recurrent_initializer = orthogonal();
  Initializer bias_initializer = zeros_initializer;
  DType dtype = float32;
};
template <class V>
void visit(LSTMOptions& o, V&& v) {
  v("return_sequences", o.return_sequences), v("bias", o.bias), v("unit_forget_bias", o.unit_forget_bias),
      v("kernel_initializer", o.kernel_initializer), v("recurrent_initializer", o.recurrent_initializer),
      v("bias_initializer", o.bias_initializer), v("dtype", o.dtype);
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

/// Long short-term memory, see tensor/ops/lstm.h; it begins with zeros at every sequence.
/// (N, T, features) -> (N, units), or (N, T, units) with return_sequences
///
/// kernel (features, 4 units), recurrent_kernel (units, 4 units), bias (4 units): columns for the input gate,
/// the forget gate, the cell and the output gate, as in Keras. Throws ShapeError for an input of another rank
/// or number of features, or without a step whose state could be given; DTypeError for another type.
class LSTM final : public Layer {
 public:
  LSTM(std::int64_t features, std::int64_t units, const LSTMOptions& options = {});

  Variable forward(const Variable& x) override;
  void visit(Visitor& v) override {
    v("kernel", kernel), v("recurrent_kernel", recurrent_kernel), v("bias", bias);
  }
  [[nodiscard]] std::string details() const override;  // "28 -> 64, sequences"

  Variable kernel, recurrent_kernel;
  std::optional<Variable> bias;

  using Config = LSTMConfig;
  [[nodiscard]] Config config() const;
  static LSTM from_config(const Config& c) { return {c.features, c.units, c.options}; }

 private:
  LSTMOptions options_;
};

}  // namespace hourglass::nn
