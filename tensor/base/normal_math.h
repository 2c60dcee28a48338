#pragma once

#include <hourglass/tensor/base/vector_math.h>

#include <algorithm>
#include <numbers>

/// The standard normal's density and distribution function, with a small relative error however small they
/// are; for float without a branch, as everything of vector_math.h. Results below 10⁻³⁸ may be 0.
namespace hourglass::math {

namespace detail {

/// e^(−a²/2) for a >= 0. Rounding a² would cost a² / 2 units in the last place, so a is split: the square of
/// its upper half is exact, and the rest is small:  a² = h² + (a − h)(a + h).
[[gnu::always_inline]] inline float exp_half_square(float a) {
  constexpr float kLargest = 13.2F;  // beyond, the result is no normal float
  const float t = a < kLargest ? a : kLargest;
  const float h = std::bit_cast<float>(std::bit_cast<std::uint32_t>(t) & 0xfffff000U);
  const float rest = -0.5F * ((t - h) * (t + h));
  const float e = exp_normal(-0.5F * (h * h)) * (1.0F + expm1_poly(rest));
  return select(a < kLargest, e, 0.0F);
}

/// Φ(−a) e^(a²/2) for 1 <= a < 13.2 (half of Mills' ratio over √½π):  u P(u) with u = 3 / (3 + a), degree 8
/// in all, error 2e-8.
[[gnu::always_inline]] inline float tail_ratio(float a) {
  const float u = 3.0F / (3.0F + a);
  float p = 4.317725e-2F;
  p = p * u - 1.3190230e-1F;
  p = p * u + 9.456485e-2F;
  p = p * u + 1.363310e-2F;
  p = p * u + 9.766745e-2F;
  p = p * u + 1.1685516e-1F;
  p = p * u + 1.3308996e-1F;
  p = p * u + 1.3297713e-1F;
  return p * u;
}

}  // namespace detail

/// Φ(x) = ½ (1 + erf(x/√2));  for x < −1, where that cancels, the tail itself.
[[gnu::always_inline]] inline float normal_cdf(float x) {
  const float magnitude = std::abs(x);
  const float tail = detail::exp_half_square(magnitude) * detail::tail_ratio(magnitude);
  const float body = 0.5F * (1.0F + erf(x * static_cast<float>(1 / std::numbers::sqrt2)));
  return x < -1.0F ? tail : body;  // body for nan, too
}

inline double normal_cdf(double x) {
  const double t = x * (1 / std::numbers::sqrt2);
  return x < -1.0 ? 0.5 * std::erfc(-t) : 0.5 * (1.0 + std::erf(t));
}

/// φ(x) = e^(−x²/2) / √2π.
[[gnu::always_inline]] inline float normal_pdf(float x) {
  const float e = detail::exp_half_square(std::abs(x)) *
                  static_cast<float>(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
  return x == x ? e : x;
}

inline double normal_pdf(double x) {
  return std::exp(-0.5 * (x * x)) * (std::numbers::inv_sqrtpi / std::numbers::sqrt2);
}

}  // namespace hourglass::math
