#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
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
void choose_in_row(const T* x, std::uint8_t* chosen, std::int64_t n, std::int64_t k, T* sorted) {
  if (k == 0) {
    std::fill_n(chosen, n, std::uint8_t{0});
    return;
  }
  std::transform(x, x + n, sorted, rank_of<T>);
  std::nth_element(sorted, sorted + k - 1, sorted + n, std::greater<>());
  const T least = sorted[k - 1];
  std::int64_t equal = k - std::count_if(sorted, sorted + k, [&](T v) { return v > least; });
  for (std::int64_t i = 0; i < n; ++i) {
    const T v = rank_of(x[i]);
    chosen[i] = v > least || (v == least && equal-- > 0) ? 1 : 0;
  }
}

}  // namespace

Tensor top_k_mask(const Tensor& x, std::int64_t k) {
  if (x.rank() < 1 || k < 0 || k > x.shape(-1)) {
    throw ShapeError(
        "keep_top_k: cannot keep {} elements along the last axis of shape {}; k must be from 0 to its extent",
        k, x.shape());
  }
  return visit_floating("keep_top_k", x.dtype(), [&]<class T>() {
    const Tensor from = x.contiguous();
    Tensor mask(x.shape(), uint8);
    const std::int64_t n = x.shape(-1), rows = n == 0 ? 0 : x.size() / n;
    auto* const to = mask.mutable_data<std::uint8_t>();
    parallel_ranges(rows, 16, [&](std::int64_t begin, std::int64_t end) {
      Tensor sorted(Shape{n}, dtype_of<T>);
      T* const space = sorted.mutable_data<T>();
      for (std::int64_t r = begin; r < end; ++r)
        choose_in_row(from.data<T>() + r * n, to + r * n, n, k, space);
    });
    return mask;
  });
}

Tensor keep_top_k(const Tensor& x, std::int64_t k) {
  return where(top_k_mask(x, k), x, zeros({}, x.dtype()));
}

}  // namespace hourglass
