#pragma once

#include <hourglass/optim/optimizer.h>

/// g is the gradient, α the learning rate, t the step, from 1; everything is element-wise. Options out of
/// their range throw DataError. The update is PyTorch's for equal constants; the constants' defaults are
/// Keras's.
namespace hourglass::optim {

struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;  // divide by the largest v̂ so far (Reddi et al. 2018)
  Clipping clipping{};
  std::vector<LearningRateMultiplier> learning_rate_multipliers{};
  std::int64_t gradient_accumulation_steps = 1;
};
template <class V>
void visit(AdamOptions& o, V&& v) {
  v("learning_rate", o.learning_rate), v("beta_1", o.beta_1), v("beta_2", o.beta_2), v("epsilon", o.epsilon),
      v("amsgrad", o.amsgrad);
  internal::visit_common(o, v);
}

/// m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  w ← w − α m̂ / (√v̂ + ε)  with  m̂ = m / (1 − β₁ᵗ),
/// v̂ = v / (1 − β₂ᵗ)   (Kingma & Ba 2015, algorithm 1). Keras adds ε before the correction of v instead.
class Adam : public Optimizer {
 public:
  explicit Adam(const AdamOptions& options = {}) : Adam("Adam", options, 0.0) {}
  [[nodiscard]] const AdamOptions& options() const { return options_; }

 protected:
  Adam(const char* name, const AdamOptions& options, double weight_decay);
  [[nodiscard]] double weight_decay() const { return weight_decay_; }

 private:
  void begin_step(std::int64_t number) override;
  bool update(const Piece<float>& p, double rate) const override;
  bool update(const Piece<double>& p, double rate) const override;
  template <class T>
  bool formula(const Piece<T>& p, double alpha) const;
  AdamOptions options_;
  double weight_decay_;
  double correct_m_ = 1.0, correct_v_ = 1.0;  // 1 − β₁ᵗ, 1 − β₂ᵗ: the moments begin at 0
};

}  // namespace hourglass::optim
