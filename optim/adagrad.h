#pragma once

#include <hourglass/optim/optimizer.h>

/// g is the gradient, α the learning rate, t the step, from 1; everything is element-wise. Options out of
/// their range throw DataError. The update is PyTorch's for equal constants; the constants' defaults are
/// Keras's.
namespace hourglass::optim {

struct AdagradOptions {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  Clipping clipping{};
  std::vector<LearningRateMultiplier> learning_rate_multipliers{};
  std::int64_t gradient_accumulation_steps = 1;
};
template <class V>
void visit(AdagradOptions& o, V&& v) {
  v("learning_rate", o.learning_rate), v("initial_accumulator_value", o.initial_accumulator_value),
      v("epsilon", o.epsilon);
  internal::visit_common(o, v);
}

/// s ← s + g²,  w ← w − α g / (√s + ε)   (Duchi et al. 2011).
class Adagrad final : public Optimizer {
 public:
  explicit Adagrad(const AdagradOptions& options = {});
  [[nodiscard]] const AdagradOptions& options() const { return options_; }

 private:
  bool update(const Piece<float>& p, double rate) const override;
  bool update(const Piece<double>& p, double rate) const override;
  template <class T>
  bool formula(const Piece<T>& p, double alpha) const;
  AdagradOptions options_;
};

}  // namespace hourglass::optim
