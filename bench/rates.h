#pragma once

#include <hourglass/tensor/base/lanes.h>
#include <hourglass/tensor/base/threads.h>

#include <algorithm>
#include <cstdint>

/// The most that a processor can multiply and add: what rates are held against.
namespace bench {

inline constexpr int kSums = 12;  // side by side: enough for every latency

/// `rounds` times kSums registers of multiply-adds, in registers alone.
inline float multiply_adds(std::int64_t rounds, float v) {
  return hourglass::detail::dispatch([=](auto set) {
    using Numbers = hourglass::detail::Lanes<float, hourglass::detail::lanes_of<float>(set)>;
    Numbers sums[kSums] = {}, factor = {};
    for (int i = 0; i < kSums; ++i) sums[i] = factor + v;
    factor = factor + v;
    for (std::int64_t k = 0; k < rounds; ++k) {
      for (int i = 0; i < kSums; ++i) sums[i] = sums[i] * factor + factor;
    }
    float all = 0;
    for (int i = 0; i < kSums; ++i) all += sums[i][0];
    return all;
  });
}

/// What they are in floating-point operations, on one thread.
inline double flops_of(std::int64_t rounds) {
  return 2.0 * kSums *
         static_cast<double>(hourglass::detail::lanes_of<float>(hourglass::instructions()) * rounds);
}

}  // namespace bench
