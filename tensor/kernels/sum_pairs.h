#pragma once

#include <hourglass/tensor/map.h>

#include <algorithm>
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

/// The same, with slope[i] = g(a[i], b[i]) on the way.
template <class T, class F, class G>
HOURGLASS_CLONES double sum_pairs_row(const T* a, const T* b, T* slope, std::int64_t n, F f, G g) {
  constexpr std::int64_t kBlock = 1024;  // stays in the first cache between the two
  double sum = 0.0;
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const std::int64_t count = std::min(kBlock, n - begin);
    for (std::int64_t i = begin; i < begin + count; ++i) slope[i] = g(a[i], b[i]);
    sum += sum_pairs_row(a + begin, b + begin, count, f);
  }
  return sum;
}

/// Σ f(p, t) over two tensors of one shape and floating type, in one pass: what losses are made of. Pieces of
/// fixed size are added in their order. `slope`, where given, becomes a tensor of all g(p, t) in the same
/// pass.
template <class F, class G>
double sum_pairs(const char* op, const Tensor& p, const Tensor& t, F f, G g, Tensor* slope) {
  const Tensor a = p.contiguous(), b = t.contiguous();
  if (slope) *slope = Tensor(p.shape(), p.dtype());
  return visit_floating(op, a.dtype(), [&]<class T>() {
    const std::int64_t n = a.size(), pieces = (n + kGrain - 1) / kGrain;
    constexpr std::size_t kFew = 64;
    std::array<double, kFew> few{};
    std::vector<double> many(pieces > static_cast<std::int64_t>(kFew) ? static_cast<std::size_t>(pieces) : 0);
    double* const partial = many.empty() ? few.data() : many.data();
    const T* const pa = a.data<T>();
    const T* const pb = b.data<T>();
    T* const to = slope ? slope->mutable_data<T>() : nullptr;
    parallel_for(pieces, [&](std::int64_t i) {
      const std::int64_t begin = i * kGrain, count = std::min(kGrain, n - begin);
      partial[i] = to ? sum_pairs_row(pa + begin, pb + begin, to + begin, count, f, g)
                      : sum_pairs_row(pa + begin, pb + begin, count, f);
    });
    return std::accumulate(partial, partial + pieces, 0.0);
  });
}

/// The sum alone.
template <class F>
double sum_pairs(const char* op, const Tensor& p, const Tensor& t, F f) {
  return sum_pairs(op, p, t, f, f, nullptr);
}

}  // namespace hourglass::detail
