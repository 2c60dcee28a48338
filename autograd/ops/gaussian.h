#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/gaussian.h>

/// The fused ops of tensor/ops/gaussian.h for variables. Shapes and types must be equal (ShapeError,
/// DTypeError): nothing is broadcast.
namespace hourglass {

/// z = μ + σ ε, σ = exp(½ log σ²) with log σ² clipped to the range (Kingma & Welling 2014):
///   dμ = dz,   d log σ² = dz · ½ (z − μ) inside the range, 0 outside,   dε = dz σ.
[[nodiscard]] Variable reparameterize(const Variable& mean, const Variable& log_variance,
                                      const Variable& epsilon, LogVarianceRange range = {});
[[nodiscard]] Variable reparameterize_grad(const Variable& dz, const Variable& log_variance,
                                           const Variable& epsilon, LogVarianceRange range = {});

/// Σ ½ (μ² + σ² − 1 − log σ²) / N, in nats per example:
///   dμ = dy μ / N,   d log σ² = dy ½ (σ² − 1) / N inside the range, 0 outside.    (N, …), (N, …) -> ()
[[nodiscard]] Variable gaussian_kl(const Variable& mean, const Variable& log_variance,
                                   LogVarianceRange range = {});
[[nodiscard]] Variable gaussian_kl_grad(const Variable& dy, const Variable& log_variance,
                                        LogVarianceRange range = {});

}  // namespace hourglass
