#pragma once

#include <hourglass/nn/layers/recurrent.h>

namespace hourglass::nn {

/// Recurrent options with unit_forget_bias: that bias begins at 1 (Jozefowicz et al. 2015).
using LSTMOptions = RecurrentLayerOptions<bool>;

/// Long short-term memory, see tensor/ops/lstm.h and Recurrent.
/// (N, T, features) -> (N, units), or (N, T, units) with return_sequences
///
/// kernel (features, 4 units), recurrent_kernel (units, 4 units), bias (4 units): columns for the input gate,
/// the forget gate, the cell and the output gate, as in Keras. The state is h and c.
class LSTM final : public Recurrent {
 public:
  LSTM(std::int64_t features, std::int64_t units, const LSTMOptions& options = {});

  [[nodiscard]] std::size_t state_count() const override { return 2; }

  using Config = RecurrentConfig<LSTMOptions>;
  [[nodiscard]] Config config() const { return config_with(options_); }
  static LSTM from_config(const Config& c) { return {c.features, c.units, c.options}; }

 private:
  [[nodiscard]] std::vector<Variable> states(const Variable& x, const std::vector<Variable>& initial,
                                             bool all_parts) override;
  LSTMOptions options_;
};

}  // namespace hourglass::nn
