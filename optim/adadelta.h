#pragma once

#include <hourglass/optim/optimizer.h>

/// g is the gradient, α the learning rate, t the step, from 1; everything is element-wise. Options out of
/// their range throw DataError. The update is PyTorch's for equal constants; the constants' defaults are
/// Keras's.
namespace hourglass::optim {

struct AdadeltaOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
  Clipping clipping{};
  std::vector<LearningRateMultiplier> learning_rate_multipliers{};
  std::int64_t gradient_accumulation_steps = 1;
};
template <class V>
void visit(AdadeltaOptions& o, V&& v) {
  v("learning_rate", o.learning_rate), v("rho", o.rho), v("epsilon", o.epsilon);
  internal::visit_common(o, v);
}

/// v ← ρ v + (1 − ρ) g²,  Δ = g √(d + ε) / √(v + ε),  d ← ρ d + (1 − ρ) Δ²,  w ← w − α Δ   (Zeiler 2012).
class Adadelta final : public Optimizer {
 public:
  explicit Adadelta(const AdadeltaOptions& options = {});
  [[nodiscard]] const AdadeltaOptions& options() const { return options_; }

 private:
  bool update(const Piece<float>& p, double rate) const override;
  bool update(const Piece<double>& p, double rate) const override;
  template <class T>
  bool formula(const Piece<T>& p, double alpha) const;
  AdadeltaOptions options_;
};

}  // namespace hourglass::optim
