#pragma once

#include <hourglass/autograd/variable.h>

/// The von Mises-Fisher distribution on the unit sphere of m dimensions, vMF(z; μ, κ) ∝ exp(κ μᵀz), by the
/// cosine w = μᵀz = cos θ, whose density is  f(θ) ∝ sin^{m−2}θ e^{κ cos θ}.
///
/// Method: integrals over θ where f is not negligible, by Gauss-Legendre quadrature in float64: to about
/// 1e-12 for κ from 1e-3 to 1e5 and m from 2 to 1,000, without Bessel functions.
namespace hourglass::autoencoders::vmf {

/// A(κ) = E[w], the mean cosine.    (N,) -> (N,);    dκ = dy (1 − A² − (m − 1) A / κ), the variance of w
[[nodiscard]] Variable mean_cosine(const Variable& kappa, std::int64_t m);

/// log Z(κ), Z = E[e^{κ w}] for z uniform on the sphere: vMF(z)/uniform(z) = e^{κ w} / Z.    dκ = dy A(κ)
[[nodiscard]] Variable log_mean_exp(const Variable& kappa, std::int64_t m);

/// KL(vMF(κ) ‖ uniform) = κ A(κ) − log Z(κ) of each.    (N,) -> (N,)
[[nodiscard]] Variable kl_to_uniform(const Variable& kappa, std::int64_t m);

/// A cosine of each: the w at which the distribution function F(w; κ) is u.    (N,), (N,) in (0, 1) -> (N,)
///
/// The gradient is that of w with u held fixed,  dκ = dy · −(∂F/∂κ) / f(w)  (implicit reparameterisation:
/// Figurnov, Mohamed & Mnih 2018), without the correction term that a rejection sampler needs (Davidson et
/// al. 2018, appendix D). Throws GradientError where it is to be differentiated again.
[[nodiscard]] Variable cosine(const Variable& kappa, const Tensor& u, std::int64_t m);

/// Unit vectors with these cosines to μ: (w, √(1 − w²) v), v uniform, and the Householder reflection that
/// takes the first axis to μ (Davidson et al. 2018, algorithm 1).    (N, m), (N,) -> (N, m)
[[nodiscard]] Variable directions(const Variable& mean, const Variable& cosines);

/// Uniform on the sphere.    -> (n, m)
[[nodiscard]] Tensor uniform_directions(std::int64_t n, std::int64_t m, DType dtype);

}  // namespace hourglass::autoencoders::vmf
