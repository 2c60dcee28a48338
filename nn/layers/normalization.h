#pragma once

#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/nn/config.h>
#include <hourglass/nn/module.h>

namespace hourglass::nn {

struct BatchNormalizationOptions {
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true, scale = true;  // whether there is a β, a γ
  DType dtype = float32;
};
template <class V>
void visit(BatchNormalizationOptions& o, V&& v) {
  v("momentum", o.momentum), v("epsilon", o.epsilon), v("center", o.center), v("scale", o.scale),
      v("dtype", o.dtype);
}

/// y = γ (x − μ) / √(σ² + ε) + β for each channel, the last axis (Ioffe & Szegedy 2015).
/// (…, channels) -> (…, channels)
///
/// In training μ and σ² are those of the batch, and the moving ones follow:
/// moving = momentum · moving + (1 − momentum) · batch, σ² biased as in Keras. In evaluation they are the
/// moving ones, which are saved with the model. γ begins at 1, β at 0, the moving mean at 0, its variance
/// at 1. A batch without examples leaves the moving ones alone.
///
/// Frozen, it works as in evaluation, in training too, as in Keras: after set_trainable(layer, false), or
/// when γ and β (those that it has) get no gradient. The moving mean and variance stand still then. Throws
/// ShapeError for another number of channels, DTypeError for another type, DataError for a momentum outside
/// [0, 1] or unless ε > 0.
class BatchNormalization final : public Layer {
 public:
  explicit BatchNormalization(std::int64_t channels, const BatchNormalizationOptions& options = {});
  Variable forward(const Variable& x) override;
  void visit(Visitor& v) override {
    v("gamma", gamma), v("beta", beta);
    v("moving_mean", moving_mean), v("moving_variance", moving_variance);
  }
  [[nodiscard]] std::string details() const override;  // "64, epsilon 0.001"

  std::optional<Variable> gamma, beta;
  Tensor moving_mean, moving_variance;

  using Config = Channels<BatchNormalizationOptions>;
  [[nodiscard]] Config config() const { return {moving_mean.size(), options_}; }
  static BatchNormalization from_config(const Config& c) { return BatchNormalization(c.channels, c.options); }

 private:
  [[nodiscard]] bool is_frozen() const;
  void follow(const Moments& batch);
  BatchNormalizationOptions options_;
};

struct LayerNormalizationOptions {
  double epsilon = 1e-3;
  bool center = true, scale = true;
  DType dtype = float32;
};
template <class V>
void visit(LayerNormalizationOptions& o, V&& v) {
  v("epsilon", o.epsilon), v("center", o.center), v("scale", o.scale), v("dtype", o.dtype);
}

struct LayerNormalizationConfig {
  std::int64_t features = 0;
  LayerNormalizationOptions options{};
};
template <class V>
void visit(LayerNormalizationConfig& c, V&& v) {
  v("features", c.features);
  visit(c.options, v);
}

/// The same with the mean and variance of each example over its last axis, in training and evaluation alike
/// (Ba, Kiros & Hinton 2016).    (…, features) -> (…, features)
class LayerNormalization final : public Layer {
 public:
  explicit LayerNormalization(std::int64_t features, const LayerNormalizationOptions& options = {});
  Variable forward(const Variable& x) override;
  void visit(Visitor& v) override { v("gamma", gamma), v("beta", beta); }
  [[nodiscard]] std::string details() const override;

  std::optional<Variable> gamma, beta;

  using Config = LayerNormalizationConfig;
  [[nodiscard]] Config config() const { return {features_, options_}; }
  static LayerNormalization from_config(const Config& c) { return LayerNormalization(c.features, c.options); }

 private:
  std::int64_t features_;
  LayerNormalizationOptions options_;
};

}  // namespace hourglass::nn
