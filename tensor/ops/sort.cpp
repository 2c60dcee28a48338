#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/sort.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <vector>

namespace hourglass {

namespace {

template <class T>
struct Element {
  T value;
  std::int64_t place;
};

// Whether a stands before b; equal ones in the order of their places.
template <class T>
bool before(const Element<T>& a, const Element<T>& b, bool descending) {
  const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
  if (a_nan != b_nan) return a_nan == descending;
  if (a_nan || a.value == b.value) return a.place < b.place;
  return (a.value < b.value) != descending;
}

// Along the last axis of a contiguous tensor.
template <class T>
Tensor order_rows(const Tensor& x, bool descending) {
  Tensor out(x.shape(), int64);
  const std::int64_t n = x.shape(-1), rows = n == 0 ? 0 : x.size() / n;
  const T* const from = x.data<T>();
  auto* const to = out.mutable_data<std::int64_t>();
  const std::int64_t grain = std::max<std::int64_t>(1, detail::kGrain / 16 / std::max<std::int64_t>(n, 1));
  parallel_ranges(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Element<T>> row(static_cast<std::size_t>(n));
    for (std::int64_t r = begin; r < end; ++r) {
      for (std::int64_t i = 0; i < n; ++i) row[static_cast<std::size_t>(i)] = {from[r * n + i], i};
      std::sort(row.begin(), row.end(),
                [descending](const auto& a, const auto& b) { return before(a, b, descending); });
      for (std::int64_t i = 0; i < n; ++i) to[r * n + i] = row[static_cast<std::size_t>(i)].place;
    }
  });
  return out;
}

}  // namespace

Tensor argsort(const Tensor& x, int axis, SortOptions options) {
  if (x.rank() == 0 && (axis == 0 || axis == -1)) return zeros({}, int64);
  const int along = x.shape().axis_index(axis);
  const Tensor last = transpose(x, along, -1).contiguous();
  const Tensor order = visit(x.dtype(), [&]<class T>() { return order_rows<T>(last, options.descending); });
  return transpose(order, along, -1).contiguous();
}

Tensor sort(const Tensor& x, int axis, SortOptions options) {
  return gather(x, argsort(x, axis, options), axis);
}

}  // namespace hourglass
