#pragma once

#include <hourglass/nn/sequential.h>

namespace hourglass::nn {

/// The same layer at each step:  y[:, t] = f(x[:, t]).    (N, T, …) -> (N, T, …)
///
///     nn::TimeDistributed(nn::Dense(64, 1))
///
/// The layer sees all steps as one batch (N T, …), and batch statistics are those of all steps. Throws
/// ShapeError for an input without an axis of steps.
class TimeDistributed final : public Layer {
 public:
  explicit TimeDistributed(const Part& layer) { layer_.add(layer); }
  TimeDistributed(TimeDistributed&&) noexcept = default;
  TimeDistributed(const TimeDistributed&) = default;  // for clone()
  TimeDistributed& operator=(TimeDistributed&&) = default;
  TimeDistributed& operator=(const TimeDistributed&) = delete;
  ~TimeDistributed() override = default;

  Variable forward(const Variable& x) override;
  void visit(Visitor& v) override { v("layer", layer()); }
  [[nodiscard]] std::string details() const override { return layer_[0].describe(); }

  [[nodiscard]] Layer& layer() { return layer_[0]; }
  [[nodiscard]] const Layer& layer() const { return layer_[0]; }

 private:
  Sequential layer_;  // of one
};

}  // namespace hourglass::nn
