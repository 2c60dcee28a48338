#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/top_k.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace hourglass {

namespace {

template <class T>
T rank_of(T v) {
  return std::isnan(v) ? std::numeric_limits<T>::infinity() : v;
}

template <class T>
void keep_row(const T* x, T* y, std::int64_t n, std::int64_t k, T* sorted) {
  if (k == 0) {
    std::fill_n(y, n, T{0});
    return;
  }
  std::transform(x, x + n, sorted, rank_of<T>);
  std::nth_element(sorted, sorted + k - 1, sorted + n, std::greater<>());
  const T least = sorted[k - 1];
  std::int64_t equal = k - std::count_if(sorted, sorted + k, [&](T v) { return v > least; });
  for (std::int64_t i = 0; i < n; ++i) {
    const T v = rank_of(x[i]);
    const bool kept = v > least || (v == least && equal-- > 0);
    y[i] = kept ? x[i] : T{0};
  }
}

}  // namespace

Tensor keep_top_k(const Tensor& x, std::int64_t k) {
  if (x.rank() < 1 || k < 0 || k > x.shape(-1)) {
    throw ShapeError("keep_top_k: cannot keep {} elements along the last axis of shape {}", k, x.shape());
  }
  return visit_floating("keep_top_k", x.dtype(), [&]<class T>() {
    const Tensor from = x.contiguous();
    Tensor y(x.shape(), dtype_of<T>);
    const std::int64_t n = x.shape(-1), rows = n == 0 ? 0 : x.size() / n;
    T* const to = y.mutable_data<T>();
    parallel_ranges(rows, 16, [&](std::int64_t begin, std::int64_t end) {
      Tensor sorted(Shape{n}, dtype_of<T>);
      T* const space = sorted.mutable_data<T>();
      for (std::int64_t r = begin; r < end; ++r) keep_row(from.data<T>() + r * n, to + r * n, n, k, space);
    });
    return y;
  });
}

}  // namespace hourglass
