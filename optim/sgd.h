#pragma once

#include <hourglass/optim/optimizer.h>

/// g is the gradient, α the learning rate, t the step, from 1; everything is element-wise. Options out of
/// their range throw DataError. The update is PyTorch's for equal constants; the constants' defaults are
/// Keras's.
namespace hourglass::optim {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  Clipping clipping{};
  std::vector<LearningRateMultiplier> learning_rate_multipliers{};
  std::int64_t gradient_accumulation_steps = 1;
};
template <class V>
void visit(SGDOptions& o, V&& v) {
  v("learning_rate", o.learning_rate), v("momentum", o.momentum), v("nesterov", o.nesterov);
  internal::visit_common(o, v);
}

/// v ← μ v + g,  w ← w − α v; with Nesterov's look ahead  w ← w − α (g + μ v)   (Sutskever et al. 2013).
/// Without momentum  w ← w − α g.
class SGD final : public Optimizer {
 public:
  explicit SGD(const SGDOptions& options = {});
  [[nodiscard]] const SGDOptions& options() const { return options_; }

 private:
  bool update(const Piece<float>& p, double rate) const override;
  bool update(const Piece<double>& p, double rate) const override;
  template <class T>
  bool formula(const Piece<T>& p, double alpha) const;
  SGDOptions options_;
};

}  // namespace hourglass::optim
