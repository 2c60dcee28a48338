#pragma once

#include <hourglass/nn/losses/reduction.h>

/// Losses of a prediction p against a target t of the same shape and type; nothing is broadcast (ShapeError).
/// Each takes {.reduction = …}: its terms become one number, or with Reduction::none one for each example,
/// which needs an axis of examples (ShapeError).
namespace hourglass::nn {

/// (p − t)², Keras's and PyTorch's MSE with Reduction::mean.    (B, …), (B, …) -> () or (B,)
[[nodiscard]] Variable mean_squared_error(const Variable& p, const Variable& t,
                                          const LossOptions& options = {});
/// √ of mean_squared_error with the same reduction, so in the units of p; gradient 0 where it is 0. With
/// Reduction::none the root of each example's mean.
[[nodiscard]] Variable root_mean_squared_error(const Variable& p, const Variable& t,
                                               const LossOptions& options = {});
/// |p − t|.
[[nodiscard]] Variable mean_absolute_error(const Variable& p, const Variable& t,
                                           const LossOptions& options = {});

struct HuberOptions {
  double delta = 1.0;
  Reduction reduction = Reduction::mean;
};
template <class V>
void visit(HuberOptions& o, V&& v) {
  v("delta", o.delta), v("reduction", o.reduction);
}
/// ½ d² for |d| <= δ, else δ |d| − ½ δ², with d = p − t (Huber 1964). Throws DataError unless δ > 0.
[[nodiscard]] Variable huber(const Variable& p, const Variable& t, const HuberOptions& options = {});

struct CrossentropyOptions {
  bool from_logits = false;  // p holds logits, not probabilities: the numerically better form
  Reduction reduction = Reduction::mean;
};
template <class V>
void visit(CrossentropyOptions& o, V&& v) {
  v("from_logits", o.from_logits), v("reduction", o.reduction);
}
/// −t log p − (1 − t) log(1 − p), in nats. Probabilities are clipped to [10⁻⁷, 1 − 10⁻⁷], as in Keras.
/// Throws DataError if a target is outside [0, 1].
[[nodiscard]] Variable binary_crossentropy(const Variable& p, const Variable& t,
                                           const CrossentropyOptions& options = {});

// Losses of distributions over classes, the last axis: a term is the sum over it, and the mean is one over
// all other axes.

/// −Σ_c t_c log p_c, in nats; t one-hot or a distribution. Probabilities are clipped to [10⁻⁷, 1].
/// (B, …, C), (B, …, C) -> () or (B,)
[[nodiscard]] Variable categorical_crossentropy(const Variable& p, const Variable& t,
                                                const CrossentropyOptions& options = {});
/// The same for labels 0 … C − 1, int64 of shape (B, …). Throws DTypeError for labels of another type,
/// DataError for one out of range.
[[nodiscard]] Variable sparse_categorical_crossentropy(const Variable& p, const Tensor& labels,
                                                       const CrossentropyOptions& options = {});
/// Σ_c t_c log(t_c / p_c), in nats; both clipped to [10⁻⁷, 1].
[[nodiscard]] Variable kl_divergence(const Variable& p, const Variable& t, const LossOptions& options = {});

}  // namespace hourglass::nn
