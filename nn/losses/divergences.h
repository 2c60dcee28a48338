#pragma once

#include <hourglass/autograd/ops/gaussian.h>
#include <hourglass/nn/losses/reduction.h>

/// Kullback-Leibler divergences in closed form, in nats.
namespace hourglass::nn {

/// The range that log σ² is clipped to wherever it is exponentiated: σ from 3·10⁻⁷ to 2·10⁴, so that nothing
/// overflows whatever a network puts out.
inline constexpr double kLeastLogVariance = LogVarianceRange{}.least,
                        kMostLogVariance = LogVarianceRange{}.most;

struct KLOptions {
  Reduction reduction = Reduction::batch_mean;  // none: the sum of each example, (N,)
  LogVarianceRange range{};                     // that log σ² is clipped to
};

/// KL(N(μ, σ²) ‖ N(0, 1)) = Σ ½ (μ² + σ² − 1 − log σ²), summed over all axes but the first and averaged over
/// it: nats per example (Kingma & Welling 2014, appendix B).    (N, …), (N, …) -> () or (N,)
/// Throws ShapeError if the shapes differ, DTypeError if the types do.
[[nodiscard]] Variable kl_to_standard_normal(const Variable& mean, const Variable& log_variance,
                                             const KLOptions& options = {});

/// KL(N(μ₁, σ₁²) ‖ N(μ₂, σ₂²)) = Σ ½ (σ₁²/σ₂² + (μ₁ − μ₂)²/σ₂² − 1 − log(σ₁²/σ₂²)), summed over all axes but
/// the first and averaged over it: nats per example. Both log σ² are clipped to the range.
/// (N, …) four times -> () or (N,)    Throws ShapeError if the shapes differ, DTypeError if the types do.
[[nodiscard]] Variable kl_normal(const Variable& mean1, const Variable& log_variance1, const Variable& mean2,
                                 const Variable& log_variance2, const KLOptions& options = {});

/// Σ_j KL(Bernoulli(p) ‖ Bernoulli(q_j)) = Σ p log(p / q_j) + (1 − p) log((1 − p) / (1 − q_j)): of a target
/// activity and the mean activities of units (Ng 2011). q is clipped to [10⁻⁷, 1 − 10⁻⁷].    (…) -> ()
/// Throws DataError unless 0 < p < 1.
[[nodiscard]] Variable kl_bernoulli(double p, const Variable& q);

}  // namespace hourglass::nn
