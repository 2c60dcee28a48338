#pragma once

#include <hourglass/autograd/variable.h>

/// Kullback-Leibler divergences in closed form, in nats.
namespace hourglass::nn {

/// The range that log σ² is clipped to wherever it is exponentiated: σ from 3·10⁻⁷ to 2·10⁴, so that nothing
/// overflows whatever a network puts out.
inline constexpr double kLeastLogVariance = -30.0, kMostLogVariance = 20.0;

/// KL(N(μ, σ²) ‖ N(0, 1)) = Σ ½ (μ² + σ² − 1 − log σ²), summed over all axes but the first and averaged over
/// it: nats per example (Kingma & Welling 2014, appendix B).    (N, …), (N, …) -> ()
/// Throws ShapeError if the shapes differ.
[[nodiscard]] Variable kl_to_standard_normal(const Variable& mean, const Variable& log_variance);

/// Σ_j KL(Bernoulli(p) ‖ Bernoulli(q_j)) = Σ p log(p / q_j) + (1 − p) log((1 − p) / (1 − q_j)): of a target
/// activity and the mean activities of units (Ng 2011). q is clipped to [10⁻⁷, 1 − 10⁻⁷].    (…) -> ()
/// Throws DataError unless 0 < p < 1.
[[nodiscard]] Variable kl_bernoulli(double p, const Variable& q);

}  // namespace hourglass::nn
