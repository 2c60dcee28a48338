#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

/// Elementary functions that vectorise: no branch, no table, no call, so that a loop over float becomes SIMD
/// code at whatever width the loop is compiled for (see dispatch.h).
///
/// For float the error is below 3 ulp everywhere, also near zeros; ±0, ±inf and nan give what <cmath> gives.
/// A denormal result may be 0. Results may differ in the last bits between CPUs with and without fused
/// multiply-add. The overloads for double forward to <cmath>.
///
/// The polynomials are minimax fits (Remez); their errors are stated relative to the function and come on top
/// of rounding. Compile with -fno-math-errno -fno-trapping-math, without which the loops stay scalar, and
/// never with -ffast-math, which would simplify the roundings away. Plain x86-64 has no instruction to round
/// to an integer: there sin and cos call rint and are slow.
namespace hourglass::math {

#define HOURGLASS_INLINE [[gnu::always_inline]] inline

namespace detail {

inline constexpr float kInf = std::numeric_limits<float>::infinity();
inline constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// condition ? a : b without a branch, which the compiler would draw apart into two copies of all that
/// follows it. Needed where the result is computed with further; a select at the end of a function becomes a
/// blend by itself.
HOURGLASS_INLINE float select(bool condition, float a, float b) {
  const std::uint32_t mask = 0U - static_cast<std::uint32_t>(condition);
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(a) & mask) |
                              (std::bit_cast<std::uint32_t>(b) & ~mask));
}

/// ln 2 in two parts; the first has 10 bits, so that n · kLn2High is exact for every exponent n.
inline constexpr float kLn2High = 0.693359375F;
inline constexpr float kLn2Low = -2.121944417e-4F;

/// Adding 1.5 · 2²³ rounds |x| < 2²² to an integer, which then stands in the low bits of the sum.
inline constexpr float kRounder = 12582912.0F;

/// x = n ln 2 + r,  |r| <= ln 2 / 2;  garbage for |x| > 2²¹.
struct ExpReduction {
  std::uint32_t n;  // two's complement
  float r;
};
HOURGLASS_INLINE ExpReduction reduce_exp(float x) {
  const float shifted = x * 1.44269502F + kRounder;
  const float n = shifted - kRounder;
  return {std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(kRounder),
          (x - n * kLn2High) - n * kLn2Low};
}

/// expm1(r) = r + r² P(r),  |r| <= ln 2 / 2,  degree 6 in all, error 2e-8.
HOURGLASS_INLINE float expm1_poly(float r) {
  float p = 1.388250152e-3F;
  p = p * r + 8.366580121e-3F;
  p = p * r + 4.166720062e-2F;
  p = p * r + 1.666654348e-1F;
  p = p * r + 4.999999702e-1F;
  return r * r * p + r;
}

/// eˣ = 2ⁿ e^r where it is a normal float; not for nan.
HOURGLASS_INLINE float exp_normal(float x) {
  const auto [n, r] = reduce_exp(x);
  // Adding to the exponent's bits multiplies by 2ⁿ; 2ⁿ as a factor would overflow for n = 128, e^r < 1.
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(1.0F + expm1_poly(r)) + (n << 23));
}

/// eˣ is a normal float just for kExpMin <= x <= kExpMax.
inline constexpr float kExpMin = -87.3365402F;
inline constexpr float kExpMax = 88.7228317F;

/// e ln 2 + log(1 + f),  √½ - 1 <= f < √2 - 1.
/// log(1 + f) = f - f²/2 + f³ P(f),  degree 11 in all, error 3e-9.
HOURGLASS_INLINE float log_poly(float e, float f) {
  float p = 6.746631861e-2F;
  p = p * f - 1.167565808e-1F;
  p = p * f + 1.188817024e-1F;
  p = p * f - 1.240558848e-1F;
  p = p * f + 1.421955079e-1F;
  p = p * f - 1.666799635e-1F;
  p = p * f + 2.000211924e-1F;
  p = p * f - 2.500000894e-1F;
  p = p * f + 3.333331347e-1F;
  const float f2 = f * f;
  const float tail = f2 * (f * p - 0.5F);
  return ((tail + e * kLn2Low) + f) + e * kLn2High;
}

/// x = 2ᵉ m,  √½ <= m < √2,  for normal x > 0.
struct LogReduction {
  std::int32_t e;
  float m;
};
HOURGLASS_INLINE LogReduction reduce_log(float x) {
  constexpr std::uint32_t sqrt_half = 0x3f3504f3;
  const std::uint32_t offset = std::bit_cast<std::uint32_t>(x) - sqrt_half;
  return {static_cast<std::int32_t>(offset) >> 23, std::bit_cast<float>((offset & 0x007fffffU) + sqrt_half)};
}

/// y = log u, corrected where the reduction does not hold: log(inf) = inf, log(0) = -inf, log(u < 0) = nan.
HOURGLASS_INLINE float log_edges(float u, float y) {
  y = u < kInf ? y : u;
  const float edge = u == 0 ? -kInf : kNan;
  return u <= 0 ? edge : y;
}

/// sin r and cos r for |r| <= π/4, degrees 7 and 8, errors 8e-9 and 2e-10.
HOURGLASS_INLINE float sin_poly(float r) {
  const float s = r * r;
  float p = -1.951521699e-4F;
  p = p * s + 8.332160302e-3F;
  p = p * s - 1.666665524e-1F;
  return s * r * p + r;
}
HOURGLASS_INLINE float cos_poly(float r) {
  const float s = r * r;
  float p = 2.443308404e-5F;
  p = p * s - 1.388731529e-3F;
  p = p * s + 4.166664556e-2F;
  return s * s * p + (1.0F - 0.5F * s);
}

/// sin(k π/2 + r);  cos is the same with k + 1.
HOURGLASS_INLINE float sin_quadrant(std::uint32_t k, float r) {
  const float s = sin_poly(r);
  const float c = cos_poly(r);
  const float y = (k & 1U) != 0 ? c : s;
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(y) ^ ((k & 2U) << 30));
}

/// x = k π/2 + r modulo 2π,  |r| <= π/4,  for every finite float.
///
/// 1/(2π) is written as seven pieces of 29 bits, enough for x < 2¹²⁸. Each product with a 24-bit x is exact
/// in double, so its whole turns can be dropped exactly, and what remains of all pieces adds up to x/(2π)
/// modulo 1 (an idea of Payne and Hanek, 1983, without their table). The nearest quarter is taken off the
/// largest part first: then the sum cancels without loss even for an x next to a multiple of π/2.
struct AngleReduction {
  std::uint32_t k;
  float r;
};
HOURGLASS_INLINE double turns(double x, double piece) {
  const double t = x * piece;
  return t - std::rint(t);
}
HOURGLASS_INLINE AngleReduction reduce_angle(float x) {
  const double xd = x;
  const double t0 = turns(xd, 0x1.45f306dp-3);
  const double t1 = turns(xd, 0x1.9391054p-32);
  const double t2 = turns(xd, 0x1.4fe13abp-61);
  const double t3 = turns(xd, 0x1.d1f534dp-90);
  const double t4 = turns(xd, 0x1.b81b6c5p-119);
  const double t5 = turns(xd, 0x1.5993c4p-150);
  const double t6 = turns(xd, 0x1.c820ff3p-177);
  const double sum = (((((t0 + t1) + t2) + t3) + t4) + t5) + t6;
  const double quarters = std::rint(4.0 * sum);
  const double rest = (((((((t0 - 0.25 * quarters) + t1) + t2) + t3) + t4) + t5) + t6);
  return {std::bit_cast<std::uint32_t>(static_cast<float>(quarters) + kRounder),
          static_cast<float>(6.283185307179586 * rest)};
}

}  // namespace detail

/// eˣ = 2ⁿ e^r.
HOURGLASS_INLINE float exp(float x) {
  const float y = x >= detail::kExpMin ? detail::exp_normal(x) : 0.0F;
  return x <= detail::kExpMax ? y : detail::kInf + x;  // inf, or nan for nan
}

/// eˣ - 1 = 2ⁿ (e^r - 1) + (2ⁿ - 1).
HOURGLASS_INLINE float expm1(float x) {
  const float clamped = x < -20.0F ? -20.0F : x;  // -1 from -17.4 on
  const auto [n, r] = detail::reduce_exp(clamped);
  const float half = std::bit_cast<float>((n + 126U) << 23);  // 2ⁿ⁻¹, a float also for n = 128
  float y = 2.0F * (half * detail::expm1_poly(r) + (half - 0.5F));
  y = std::abs(x) < 1e-8F ? x : y;  // keeps -0 and denormals
  return x <= detail::kExpMax ? y : detail::kInf + x;
}

/// log x = e ln 2 + log m.
HOURGLASS_INLINE float log(float x) {
  const bool tiny = x < std::numeric_limits<float>::min();
  const float normal = detail::select(tiny, x * 8388608.0F, x);  // · 2²³: denormals have no exponent
  const auto [e, m] = detail::reduce_log(normal);
  const float exponent = static_cast<float>(e) - detail::select(tiny, 23.0F, 0.0F);
  return detail::log_edges(x, detail::log_poly(exponent, m - 1.0F));
}

/// log(1 + x) = e ln 2 + log(1 + f),  1 + f = 2⁻ᵉ (1 + x).
HOURGLASS_INLINE float log1p(float x) {
  const float u = 1.0F + x;
  const auto [e, m] = detail::reduce_log(u);
  // f from x and not from the rounded u: 2⁻ᵉ x and 2⁻ᵉ - 1 are exact, and so is their sum where it cancels.
  // Past 2²⁵ the 1 does not count, and 2⁻ᵉ might not be a normal float.
  const float scale = std::bit_cast<float>(static_cast<std::uint32_t>(127 - e) << 23);
  const float f = detail::select(x < 33554432.0F, scale * x + (scale - 1.0F), m - 1.0F);
  const float y = detail::log_edges(u, detail::log_poly(static_cast<float>(e), f));
  return std::abs(x) < 1e-8F ? x : y;  // keeps -0 and denormals
}

/// tanh x = t / (t + 2),  t = e^(2|x|) - 1,  with the sign of x.
HOURGLASS_INLINE float tanh(float x) {
  const float magnitude = std::abs(x);
  const auto [n, r] = detail::reduce_exp(2.0F * (magnitude > 9.5F ? 9.5F : magnitude));  // 1 from 9.02 on
  const float scale = std::bit_cast<float>((n + 127U) << 23);
  const float t = scale * detail::expm1_poly(r) + (scale - 1.0F);
  return std::copysign(t / (t + 2.0F), x);
}

/// 1 / (1 + e⁻ˣ).
HOURGLASS_INLINE float sigmoid(float x) { return 1.0F / (1.0F + exp(-x)); }

/// erf x = (2/√π) ∫₀ˣ e^(-t²) dt.
/// |x| < 0.92:  x + x P(x²), degree 11, error 3e-8.  Beyond:  1 - e^(-Q(|x|)), Q of degree 6, error 9e-9.
HOURGLASS_INLINE float erf(float x) {
  const float magnitude = std::abs(x);
  const float s = x * x;
  float p = -5.999400746e-4F;
  p = p * s + 4.994829185e-3F;
  p = p * s - 2.676771954e-2F;
  p = p * s + 1.128184572e-1F;
  p = p * s - 3.761249781e-1F;
  p = p * s + 1.283791512e-1F;
  const float small = x * p + x;

  const float t = magnitude > 4.0F ? 4.0F : magnitude;  // 1 from 3.92 on
  float q = -2.139849239e-4F;
  q = q * t + 3.214955563e-3F;
  q = q * t - 2.288996428e-2F;
  q = q * t + 1.052618399e-1F;
  q = q * t + 6.357182860e-1F;
  q = q * t + 1.285143644e-1F;
  const float large = 1.0F - detail::exp_normal(-(q * t + t));
  return magnitude >= 0.92F ? std::copysign(large, x) : small;  // small for nan, too
}

/// sin x, for x of any size.
HOURGLASS_INLINE float sin(float x) {
  const auto [k, r] = detail::reduce_angle(x);
  const float y = detail::sin_quadrant(k, r);
  return std::abs(x) < 1e-4F ? x : y;  // keeps -0 and denormals
}

/// cos x, for x of any size.
HOURGLASS_INLINE float cos(float x) {
  const auto [k, r] = detail::reduce_angle(x);
  return detail::sin_quadrant(k + 1U, r);
}

/// log(1 + eˣ) = max(x, 0) + log(1 + t),  t = e^-|x| <= 1,  which neither overflows nor loses small values.
HOURGLASS_INLINE float softplus(float x) {
  const float magnitude = std::abs(x);
  const float t = detail::select(magnitude <= -detail::kExpMin, detail::exp_normal(-magnitude), 0.0F);
  const bool halve = t > 0.414213562F;  // 1 + t > √2
  const float f = detail::select(halve, 0.5F * t - 0.5F, t);
  return (x < 0 ? 0.0F : x) + detail::log_poly(detail::select(halve, 1.0F, 0.0F), f);
}

inline double exp(double x) { return std::exp(x); }
inline double expm1(double x) { return std::expm1(x); }
inline double log(double x) { return std::log(x); }
inline double log1p(double x) { return std::log1p(x); }
inline double tanh(double x) { return std::tanh(x); }
inline double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
inline double erf(double x) { return std::erf(x); }
inline double sin(double x) { return std::sin(x); }
inline double cos(double x) { return std::cos(x); }
inline double softplus(double x) { return (x > 0 ? x : 0.0) + std::log1p(std::exp(-std::abs(x))); }

#undef HOURGLASS_INLINE

}  // namespace hourglass::math
