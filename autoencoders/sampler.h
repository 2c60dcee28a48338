#pragma once

// What draws codes for kinds that have no prior of their own: fitted to the codes of the training examples,
// its draws go through the decoder (Ghosh et al. 2020).
//
//     MixtureSampler sampler({.components = 10});
//     sampler.fit(encode(model, train));
//     const Tensor images = decode(model, sampler.sample(100));

#include <hourglass/tensor/tensor.h>

#include <memory>
#include <optional>
#include <vector>

namespace hourglass::autoencoders {

/// A distribution of codes (N, d), rows of numbers, that is fitted to some and drawn from.
class Sampler {
 public:
  virtual ~Sampler() = default;
  /// Throws ShapeError unless codes are a matrix of two rows at least, NotFiniteError if one is not finite.
  virtual void fit(const Tensor& codes) = 0;
  /// New codes from the default generator.    -> (n, d)    Throws DataError if it was not fitted.
  [[nodiscard]] virtual Tensor sample(std::int64_t n) = 0;
  /// log p of each code, in nats.    (N, d) -> (N,) float64
  [[nodiscard]] virtual Tensor log_density(const Tensor& codes) = 0;

 protected:
  Sampler() = default;
  Sampler(Sampler&&) noexcept = default;
  Sampler(const Sampler&) = default;
  Sampler& operator=(Sampler&&) noexcept = default;
  Sampler& operator=(const Sampler&) = default;
};

/// One Gaussian N(μ, Σ), by the eigenvectors of Σ.
struct Gaussian {
  Tensor mean;       // (d,) float64
  Tensor axes;       // (d, d) float64, a principal axis a column
  Tensor deviation;  // (d,) float64, along each

  /// By the weighted mean and covariance of rows; along every axis the variance is at least `floor`.
  /// x (N, d), weights (N,), float64
  [[nodiscard]] static Gaussian of(const Tensor& x, const Tensor& weights, double floor);
  [[nodiscard]] Tensor log_density(const Tensor& x) const;
  [[nodiscard]] Tensor sample(std::int64_t n) const;
};

/// One Gaussian with all covariances.
class NormalSampler final : public Sampler {
 public:
  void fit(const Tensor& codes) override;
  [[nodiscard]] Tensor sample(std::int64_t n) override;
  [[nodiscard]] Tensor log_density(const Tensor& codes) override;

 private:
  std::optional<Gaussian> gaussian_;
  DType dtype_ = float32;
};

struct MixtureOptions {
  std::int64_t components = 10;
  std::int64_t iterations = 100;  // at most
  double tolerance = 1e-4;        // ends when the mean log density rises by less, nats
};
template <class V>
void visit(MixtureOptions& o, V&& v) {
  v("components", o.components), v("iterations", o.iterations), v("tolerance", o.tolerance);
}

/// A mixture of Gaussians Σ_k π_k N(μ_k, Σ_k), fitted by expectation maximisation (Dempster et al. 1977) from
/// centres that k-means++ draws (Arthur & Vassilvitskii 2007). Throws DataError for fewer codes than
/// components, or options below 1.
class MixtureSampler final : public Sampler {
 public:
  explicit MixtureSampler(const MixtureOptions& options = {});
  void fit(const Tensor& codes) override;
  [[nodiscard]] Tensor sample(std::int64_t n) override;
  [[nodiscard]] Tensor log_density(const Tensor& codes) override;

  /// π, (k,) float64; the components; and the mean log density after each iteration, which never sinks.
  [[nodiscard]] const Tensor& weights() const { return weights_; }
  [[nodiscard]] const std::vector<Gaussian>& components() const { return components_; }
  [[nodiscard]] const std::vector<double>& progress() const { return progress_; }

 private:
  [[nodiscard]] Tensor joint_log_density(const Tensor& x) const;  // (N, k)
  void maximise(const Tensor& x, const Tensor& responsibilities);
  MixtureOptions options_;
  Tensor weights_;
  std::vector<Gaussian> components_;
  std::vector<double> progress_;
  double floor_ = 0.0;
  DType dtype_ = float32;
};

struct TwoStageOptions {
  std::vector<std::int64_t> hidden{128, 128};
  std::int64_t epochs = 50;
  std::int64_t batch_size = 128;
  double learning_rate = 1e-3;
};
template <class V>
void visit(TwoStageOptions& o, V&& v) {
  v("hidden", o.hidden), v("epochs", o.epochs), v("batch_size", o.batch_size),
      v("learning_rate", o.learning_rate);
}

/// A second variational autoencoder for the codes of the first (Dai & Wipf 2019): its code has as many
/// numbers as theirs, so nothing keeps it from being distributed like its prior. Its variance is that of its
/// reconstructions, fitted in turn.
class TwoStageSampler final : public Sampler {
 public:
  explicit TwoStageSampler(const TwoStageOptions& options = {});
  ~TwoStageSampler() override;
  void fit(const Tensor& codes) override;
  [[nodiscard]] Tensor sample(std::int64_t n) override;
  /// A bound, by 50 samples.
  [[nodiscard]] Tensor log_density(const Tensor& codes) override;

 private:
  struct Fitted;
  TwoStageOptions options_;
  std::unique_ptr<Fitted> fitted_;
};

}  // namespace hourglass::autoencoders
