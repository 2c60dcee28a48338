#pragma once

#include <hourglass/tensor/tensor.h>

/// Logarithms of densities, in nats, for each element; operands are broadcast, nothing is summed. Floating
/// types that agree (DTypeError), shapes that broadcast (ShapeError).
namespace hourglass {

/// Of the normal distribution with the variance σ² = e^l, l = log_variance:
///     log N(x; μ, σ²) = −½ (log 2π + l + (x − μ)² e^−l)
[[nodiscard]] Tensor normal_log_prob(const Tensor& x, const Tensor& mean, const Tensor& log_variance);

/// Of the Bernoulli distribution with the probability p = σ(logits) of a 1; for x in [0, 1], too:
///     x log p + (1 − x) log(1 − p) = −x softplus(−logits) − (1 − x) softplus(logits)
/// which neither overflows nor cancels, however sure the logits are.
[[nodiscard]] Tensor bernoulli_log_prob(const Tensor& x, const Tensor& logits);

}  // namespace hourglass
