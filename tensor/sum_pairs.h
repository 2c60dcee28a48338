#pragma once

#include <hourglass/tensor/map.h>

#include <numeric>
#include <vector>

namespace hourglass::detail {

/// Σ f(a[i], b[i]) in float64, over sums side by side.
template <class T, class F>
HOURGLASS_CLONES double sum_pairs_row(const T* a, const T* b, std::int64_t n, F f) {
  constexpr std::int64_t kSums = 16;
  std::array<double, kSums> sums{};
  std::int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (std::int64_t l = 0; l < kSums; ++l) {
      sums[static_cast<std::size_t>(l)] += static_cast<double>(f(a[i + l], b[i + l]));
    }
  }
  for (; i < n; ++i) sums[0] += static_cast<double>(f(a[i], b[i]));
  double sum = 0;
  for (const double s : sums) sum += s;
  return sum;
}

/// Σ f(p, t) over two tensors of one shape and floating type, in one pass: what losses are made of. Pieces of
/// fixed size are added in their order.
template <class F>
double sum_pairs(const char* op, const Tensor& p, const Tensor& t, F f) {
  const Tensor a = p.contiguous(), b = t.contiguous();
  return visit_floating(op, a.dtype(), [&]<class T>() {
    const std::int64_t n = a.size(), pieces = (n + kGrain - 1) / kGrain;
    constexpr std::size_t kFew = 64;
    std::array<double, kFew> few{};
    std::vector<double> many(pieces > static_cast<std::int64_t>(kFew) ? static_cast<std::size_t>(pieces) : 0);
    double* const partial = many.empty() ? few.data() : many.data();
    const T* const pa = a.data<T>();
    const T* const pb = b.data<T>();
    parallel_for(pieces, [&](std::int64_t i) {
      const std::int64_t begin = i * kGrain;
      partial[i] = sum_pairs_row(pa + begin, pb + begin, std::min(kGrain, n - begin), f);
    });
    return std::accumulate(partial, partial + pieces, 0.0);
  });
}

}  // namespace hourglass::detail
