#pragma once

#include <hourglass/tensor/base/lanes.h>

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/// 32-bit words in 64-bit lanes, where what their products are fits: one instruction on every processor,
/// which no operator means. Compilers make ten of `low word · constant` where there is no product of 64 bits.
namespace hourglass::detail {

template <Instructions Set>
using WideWords = Lanes<std::uint64_t, lanes_of<std::uint64_t>(Set)>;

/// p = a's low words times b's. By reference: a vector of another set than the caller's has no way to travel.
template <Instructions Set>
struct LowWords {
  using Words = WideWords<Set>;
  static void multiply(const Words& a, const Words& b, Words& p) {
    p = (a & 0xffffffffU) * (b & 0xffffffffU);
  }
};
#if defined(__x86_64__) && defined(__GNUC__)
template <>
struct LowWords<Instructions::base> {
  using Words = WideWords<Instructions::base>;
  static void multiply(const Words& a, const Words& b, Words& p) {
    p = reinterpret_cast<Words>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
  }
};
template <>
struct LowWords<Instructions::avx2> {
  using Words = WideWords<Instructions::avx2>;
  __attribute__((target("arch=x86-64-v3"))) static void multiply(const Words& a, const Words& b, Words& p) {
    p = reinterpret_cast<Words>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
  }
};
template <>
struct LowWords<Instructions::avx512> {
  using Words = WideWords<Instructions::avx512>;
  __attribute__((target("arch=x86-64-v4"))) static void multiply(const Words& a, const Words& b, Words& p) {
    p = reinterpret_cast<Words>(
        _mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
  }
};
#elif defined(__aarch64__)
template <>
struct LowWords<Instructions::base> {
  using Words = WideWords<Instructions::base>;
  static void multiply(const Words& a, const Words& b, Words& p) {
    p = reinterpret_cast<Words>(
        vmull_u32(vmovn_u64(reinterpret_cast<uint64x2_t>(a)), vmovn_u64(reinterpret_cast<uint64x2_t>(b))));
  }
};
#endif

}  // namespace hourglass::detail
