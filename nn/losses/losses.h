#pragma once

#include <hourglass/autograd/variable.h>

/// Losses of a prediction p against a target t of the same shape and type; nothing is broadcast (ShapeError).
/// Each says over what it sums. B is the batch size, the extent of the first axis.
namespace hourglass::nn {

/// How the terms of all elements become one number.
enum class Reduction : std::uint8_t {
  mean,        // over all elements: per pixel
  sum,         // over all elements
  batch_mean,  // the sum divided by B: per image
};

/// (p − t)², Keras's and PyTorch's MSE with Reduction::mean.
[[nodiscard]] Variable mean_squared_error(const Variable& p, const Variable& t,
                                          Reduction reduction = Reduction::mean);
/// |p − t|.
[[nodiscard]] Variable mean_absolute_error(const Variable& p, const Variable& t,
                                           Reduction reduction = Reduction::mean);

struct HuberOptions {
  double delta = 1.0;
  Reduction reduction = Reduction::mean;
};
/// ½ d² for |d| <= δ, else δ |d| − ½ δ², with d = p − t (Huber 1964). Throws DataError unless δ > 0.
[[nodiscard]] Variable huber(const Variable& p, const Variable& t, HuberOptions options = {});

struct CrossentropyOptions {
  bool from_logits = false;  // p holds logits, not probabilities: the numerically better form
  Reduction reduction = Reduction::mean;
};
/// −t log p − (1 − t) log(1 − p), in nats. Probabilities are clipped to [10⁻⁷, 1 − 10⁻⁷], as in Keras.
/// Throws DataError if a target is outside [0, 1].
[[nodiscard]] Variable binary_crossentropy(const Variable& p, const Variable& t,
                                           CrossentropyOptions options = {});

struct CategoricalOptions {
  bool from_logits = false;
  bool mean = true;  // over all axes but the last, which is summed; false: the sum over everything
};
/// −Σ_c t_c log p_c over the last axis, the classes, in nats; t one-hot or a distribution. Probabilities are
/// clipped to [10⁻⁷, 1].    (…, C) -> ()
[[nodiscard]] Variable categorical_crossentropy(const Variable& p, const Variable& t,
                                                CategoricalOptions options = {});
/// The same for labels 0 … C − 1, int64 of shape (…). Throws DataError for a label out of range.
[[nodiscard]] Variable sparse_categorical_crossentropy(const Variable& p, const Tensor& labels,
                                                       CategoricalOptions options = {});
/// Σ_c t_c log(t_c / p_c) over the last axis, in nats; both clipped to [10⁻⁷, 1]. Mean over the other axes.
[[nodiscard]] Variable kl_divergence(const Variable& p, const Variable& t);

}  // namespace hourglass::nn
