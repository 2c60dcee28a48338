#pragma once

#include <hourglass/optim/optimizer.h>

/// g is the gradient, α the learning rate, t the step, from 1; everything is element-wise. Options out of
/// their range throw DataError. The update is PyTorch's for equal constants; the constants' defaults are
/// Keras's.
namespace hourglass::optim {

struct RMSpropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;  // subtract the square of the mean gradient, so that v is a variance
  Clipping clipping{};
  std::vector<LearningRateMultiplier> learning_rate_multipliers{};
  std::int64_t gradient_accumulation_steps = 1;
};
template <class V>
void visit(RMSpropOptions& o, V&& v) {
  v("learning_rate", o.learning_rate), v("rho", o.rho), v("momentum", o.momentum), v("epsilon", o.epsilon),
      v("centered", o.centered);
  internal::visit_common(o, v);
}

/// v ← ρ v + (1 − ρ) g²,  w ← w − α g / (√v + ε); with momentum  b ← μ b + g / (√v + ε),  w ← w − α b;
/// centered, v − m² in place of v, m ← ρ m + (1 − ρ) g   (Tieleman & Hinton 2012; Graves 2013).
class RMSprop final : public Optimizer {
 public:
  explicit RMSprop(const RMSpropOptions& options = {});
  [[nodiscard]] const RMSpropOptions& options() const { return options_; }

 private:
  bool update(const Piece<float>& p, double rate) const override;
  bool update(const Piece<double>& p, double rate) const override;
  template <class T>
  bool formula(const Piece<T>& p, double alpha) const;
  RMSpropOptions options_;
};

}  // namespace hourglass::optim
