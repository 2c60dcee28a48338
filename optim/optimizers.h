#pragma once

#include <hourglass/optim/optimizer.h>

/// g is the gradient, α the learning rate, t the step, from 1; everything is element-wise. Options out of
/// their range throw DataError. The updates are PyTorch's for equal constants; the constants' defaults are
/// Keras's.
namespace hourglass::optim {

struct SGDOptions {
  LearningRate learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  Clipping clipping{};
};
/// v ← μ v + g,  w ← w − α v; with Nesterov's look ahead  w ← w − α (g + μ v)   (Sutskever et al. 2013).
/// Without momentum  w ← w − α g.
class SGD final : public Optimizer {
 public:
  explicit SGD(const SGDOptions& options = {});
  [[nodiscard]] const char* name() const override { return "SGD"; }

 private:
  void update(const Piece<float>& p, double rate) const override;
  void update(const Piece<double>& p, double rate) const override;
  SGDOptions options_;
};

struct RMSpropOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.9;
  double momentum = 0.0;
  double epsilon = 1e-7;
  bool centered = false;  // subtract the square of the mean gradient, so that v is a variance
  Clipping clipping{};
};
/// v ← ρ v + (1 − ρ) g²,  w ← w − α g / (√v + ε); with momentum  b ← μ b + g / (√v + ε),  w ← w − α b;
/// centered, v − m² in place of v, m ← ρ m + (1 − ρ) g   (Tieleman & Hinton 2012; Graves 2013).
class RMSprop final : public Optimizer {
 public:
  explicit RMSprop(const RMSpropOptions& options = {});
  [[nodiscard]] const char* name() const override { return "RMSprop"; }

 private:
  void update(const Piece<float>& p, double rate) const override;
  void update(const Piece<double>& p, double rate) const override;
  RMSpropOptions options_;
};

struct AdagradOptions {
  LearningRate learning_rate = 0.001;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
  Clipping clipping{};
};
/// s ← s + g²,  w ← w − α g / (√s + ε)   (Duchi et al. 2011).
class Adagrad final : public Optimizer {
 public:
  explicit Adagrad(const AdagradOptions& options = {});
  [[nodiscard]] const char* name() const override { return "Adagrad"; }

 private:
  void update(const Piece<float>& p, double rate) const override;
  void update(const Piece<double>& p, double rate) const override;
  AdagradOptions options_;
};

struct AdadeltaOptions {
  LearningRate learning_rate = 0.001;
  double rho = 0.95;
  double epsilon = 1e-7;
  Clipping clipping{};
};
/// v ← ρ v + (1 − ρ) g²,  Δ = g √(d + ε) / √(v + ε),  d ← ρ d + (1 − ρ) Δ²,  w ← w − α Δ   (Zeiler 2012).
class Adadelta final : public Optimizer {
 public:
  explicit Adadelta(const AdadeltaOptions& options = {});
  [[nodiscard]] const char* name() const override { return "Adadelta"; }

 private:
  void update(const Piece<float>& p, double rate) const override;
  void update(const Piece<double>& p, double rate) const override;
  AdadeltaOptions options_;
};

struct AdamOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;  // divide by the largest v̂ so far (Reddi et al. 2018)
  Clipping clipping{};
};
/// What the moments of step t are divided by, because they begin at 0.
struct AdamCorrections {
  double m, v;  // 1 − β₁ᵗ, 1 − β₂ᵗ
};
/// m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  w ← w − α m̂ / (√v̂ + ε)  with  m̂ = m / (1 − β₁ᵗ),
/// v̂ = v / (1 − β₂ᵗ)   (Kingma & Ba 2015, algorithm 1). Keras adds ε before the correction of v instead.
class Adam final : public Optimizer {
 public:
  explicit Adam(const AdamOptions& options = {});
  [[nodiscard]] const char* name() const override { return "Adam"; }

 private:
  void begin_step(std::int64_t number) override;
  void update(const Piece<float>& p, double rate) const override;
  void update(const Piece<double>& p, double rate) const override;
  AdamOptions options_;
  AdamCorrections corrections_{};
};

struct AdamWOptions {
  LearningRate learning_rate = 0.001;
  double weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  Clipping clipping{};
};
/// As Adam, after  w ← w − α λ w  with the weight decay λ, which g does not see (Loshchilov & Hutter 2019).
class AdamW final : public Optimizer {
 public:
  explicit AdamW(const AdamWOptions& options = {});
  [[nodiscard]] const char* name() const override { return "AdamW"; }

 private:
  void begin_step(std::int64_t number) override;
  void update(const Piece<float>& p, double rate) const override;
  void update(const Piece<double>& p, double rate) const override;
  AdamWOptions options_;
  AdamCorrections corrections_{};
};

}  // namespace hourglass::optim
