#pragma once

#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/sums.h>

#include <algorithm>
#include <numeric>

/// Sums over pairs of numbers, in float64: what losses are made of.
namespace hourglass::detail {

/// Σ f(a[i], b[i])
template <class T, class F>
double sum_pairs_row(const T* a, const T* b, std::int64_t n, F f) {
  return dispatch([=](auto /*set*/) {
    return sum_terms<kPairOrder, Add<T>>(
        n, [&](double sum, std::int64_t i)
               __attribute__((always_inline)) { return sum + static_cast<double>(f(a[i], b[i])); });
  });
}

/// The same, with slope[i] = g(a[i], b[i]) on the way.
template <class T, class F, class G>
double sum_pairs_row(const T* a, const T* b, T* slope, std::int64_t n, F f, G g) {
  return dispatch([=](auto /*set*/) {
    constexpr std::int64_t kBlock = 1024;  // stays in L1 between the two
    double sum = 0.0;
    for (std::int64_t begin = 0; begin < n; begin += kBlock) {
      const std::int64_t count = std::min(kBlock, n - begin);
      for (std::int64_t i = begin; i < begin + count; ++i) slope[i] = g(a[i], b[i]);
      sum += sum_pairs_row(a + begin, b + begin, count, f);
    }
    return sum;
  });
}

/// Σ f(a[i], b[i]) in one pass over both; `slope`, where it is not null, is filled with g(a[i], b[i]) in the
/// same pass. Pieces of fixed size are added in their order.
template <class T, class F, class G>
double sum_pairs(const T* a, const T* b, std::int64_t n, F f, G g, T* slope) {
  const std::int64_t pieces = (n + kGrain - 1) / kGrain;
  Buffer<double> partial(pieces);
  parallel_for(pieces, [&](std::int64_t i) {
    const std::int64_t begin = i * kGrain, count = std::min(kGrain, n - begin);
    partial.data()[i] = slope ? sum_pairs_row(a + begin, b + begin, slope + begin, count, f, g)
                              : sum_pairs_row(a + begin, b + begin, count, f);
  });
  return std::accumulate(partial.begin(), partial.end(), 0.0);
}

}  // namespace hourglass::detail
