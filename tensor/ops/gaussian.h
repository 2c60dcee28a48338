#pragma once

#include <hourglass/tensor/tensor.h>

/// Normal distributions given by mean μ and log variance log σ², as variational autoencoders do: sampling and
/// divergence, each in one pass over memory. All tensors of a call have one shape (ShapeError) and one
/// floating type (DTypeError), nothing is broadcast; a range must go from a number to a larger one
/// (DataError).
namespace hourglass {

/// What log σ² is clipped to wherever it is exponentiated: σ from 3·10⁻⁷ to 2·10⁴, so that nothing overflows
/// whatever a network puts out. Outside the gradient is 0.
struct LogVarianceRange {
  double least = -30.0, most = 20.0;
};
template <class V>
void visit(LogVarianceRange& r, V&& v) {
  v("least", r.least), v("most", r.most);
}

/// z = μ + σ ε with σ = exp(½ log σ²).
[[nodiscard]] Tensor reparameterize(const Tensor& mean, const Tensor& log_variance, const Tensor& epsilon,
                                    LogVarianceRange range = {});
/// d log σ² = dz · ½ σ ε, 0 outside the range. (½ (z − μ) would be the same, but for its lost digits where σ
/// is small beside μ.)
[[nodiscard]] Tensor reparameterize_grad(const Tensor& dz, const Tensor& log_variance, const Tensor& epsilon,
                                         LogVarianceRange range = {});

/// KL(N(μ, σ²) ‖ N(0, 1)) = Σ ½ (μ² + σ² − 1 − log σ²) / N, N the extent of the first axis: nats per example.
/// σ² − 1 is computed as expm1(log σ²): near the prior, where everything cancels, no digits are lost.
/// (N, …), (N, …) -> (). Throws DataError if N = 0.
[[nodiscard]] Tensor gaussian_kl(const Tensor& mean, const Tensor& log_variance, LogVarianceRange range = {});
/// d log σ² = dy · ½ (σ² − 1) / N, 0 outside the range; dy a scalar.
[[nodiscard]] Tensor gaussian_kl_grad(const Tensor& dy, const Tensor& log_variance,
                                      LogVarianceRange range = {});

/// Throws DataError unless least < most, both finite.
void expect_range(const char* op, LogVarianceRange range);

}  // namespace hourglass
