#pragma once

#include <hourglass/nn/config.h>
#include <hourglass/nn/module.h>

#include <optional>

namespace hourglass::nn {

struct VectorQuantizerOptions {
  double commitment = 0.25;  // β, the weight of what draws vectors to their codes
  std::optional<double>
      moving_average{};        // γ, 0.99 is usual: codes follow their vectors; else a loss moves them
  double revive_below = 0.05;  // a code used less than so many times as often as the mean is dead; 0: none is
  DType dtype = float32;
};
template <class V>
void visit(VectorQuantizerOptions& o, V&& v) {
  v("commitment", o.commitment), v("moving_average", o.moving_average), v("revive_below", o.revive_below),
      v("dtype", o.dtype);
}

/// Replaces each vector by the nearest of K codes (van den Oord et al. 2017).    (…, D) -> (…, D)
///
///     q = e_k,  k = argmin_j ‖z − e_j‖,      and gradients pass as if it were q = z (straight through).
///
/// Codes learn by  ‖sg(z) − e_k‖²  or, with a moving average, from the n_k vectors of a batch that they stand
/// for:  N ← γ N + (1 − γ) n,  m ← γ m + (1 − γ) Σ z,  e = m / N  with N smoothed by ε = 10⁻⁵. Vectors are
/// drawn to their codes by  β ‖z − sg(e_k)‖²; both are means over all elements. In training a dead code takes
/// the place of a vector of the batch, drawn with the default generator (Dhariwal et al. 2020). In a
/// Sequential the layer adds its losses by itself, as an activity regulariser does.
///
/// Throws ShapeError for sizes below 1 or vectors of another width, DTypeError for another type; DataError
/// for a negative β or a γ outside (0, 1).
class VectorQuantizer final : public Layer {
 public:
  VectorQuantizer(std::int64_t codes, std::int64_t width, const VectorQuantizerOptions& options = {});

  struct Output {
    Variable quantized;                       // (…, D)
    Tensor indices;                           // (…) int64
    Variable codebook_loss, commitment_loss;  // (), without β; the first is 0 with a moving average
  };
  [[nodiscard]] Output quantize(const Variable& z);
  /// k of each vector.    (…, D) -> (…) int64
  [[nodiscard]] Tensor indices(const Tensor& z) const;
  /// The codes of indices.    (…) -> (…, D)
  [[nodiscard]] Tensor lookup(const Tensor& indices) const;

  Variable forward(const Variable& z) override;
  std::optional<Variable> take_penalty() override;
  void visit(Visitor& v) override;
  [[nodiscard]] std::string details() const override;  // "128 codes of 16"

  using Config = InOut<VectorQuantizerOptions>;
  [[nodiscard]] Config config() const { return {codebook.shape(0), codebook.shape(1), options_}; }
  static VectorQuantizer from_config(const Config& c) { return {c.in, c.out, c.options}; }

  Variable codebook;  // (K, D), uniform in ±1/K; no parameter to train with a moving average
  Tensor usage;       // (K,) N, how many vectors of a batch each code stands for
  Tensor sums;        // (K, D) m, with a moving average

 private:
  void expect_vectors(const Tensor& z) const;
  void revive(const Tensor& z);
  void follow(const Tensor& z, const Tensor& indices);
  VectorQuantizerOptions options_;
  std::optional<Variable> penalty_;
};

}  // namespace hourglass::nn
