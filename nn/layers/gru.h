#pragma once

#include <hourglass/nn/layers/recurrent.h>

namespace hourglass::nn {

/// Recurrent options with reset_after: after the product, as in cuDNN and PyTorch, or before it.
using GRUOptions = RecurrentLayerOptions<NoOption, bool>;

/// Gated recurrent units, see tensor/ops/gru.h and Recurrent.
/// (N, T, features) -> (N, units), or (N, T, units) with return_sequences
///
/// kernel (features, 3 units), recurrent_kernel (units, 3 units): columns for the update gate, the reset gate
/// and the candidate, as in Keras; bias (2, 3 units), of x W and of h U, or (3 units) without reset_after.
class GRU final : public Recurrent {
 public:
  GRU(std::int64_t features, std::int64_t units, const GRUOptions& options = {});

  [[nodiscard]] std::size_t state_count() const override { return 1; }

  using Config = RecurrentConfig<GRUOptions>;
  [[nodiscard]] Config config() const { return config_with(options_); }
  static GRU from_config(const Config& c) { return {c.features, c.units, c.options}; }

 private:
  [[nodiscard]] std::vector<Variable> states(const Variable& x, const std::vector<Variable>& initial,
                                             bool all_parts) override;
  GRUOptions options_;
};

}  // namespace hourglass::nn
