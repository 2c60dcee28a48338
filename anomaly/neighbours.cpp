#include <hourglass/anomaly/neighbours.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hourglass::anomaly {

namespace {

// The k least of |r|² - 2 q·r, in order: an insertion into a short list, which seldom happens.
struct Least {
  Least(float* values, std::int64_t* indices, std::int64_t k) : value(values), index(indices), count(k) {
    std::fill_n(value, k, std::numeric_limits<float>::infinity());
    std::fill_n(index, k, std::int64_t{0});
  }
  void offer(float v, std::int64_t i) {
    if (!(v < value[count - 1])) return;
    std::int64_t at = count - 1;
    for (; at > 0 && v < value[at - 1]; --at) value[at] = value[at - 1], index[at] = index[at - 1];
    value[at] = v, index[at] = i;
  }
  [[nodiscard]] float worst() const { return value[count - 1]; }
  float* value;
  std::int64_t* index;
  std::int64_t count;
};

// Whether one of the rows [begin, end) is nearer; without a branch for each, so that it is vectorised.
bool any_below(const float* v, std::int64_t begin, std::int64_t end, float worst) {
  int found = 0;
  for (std::int64_t j = begin; j < end; ++j) found |= v[j] < worst ? 1 : 0;
  return found != 0;
}

double distance(const float* a, const float* b, std::int64_t d) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < d; ++i) {
    const double off = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += off * off;
  }
  return std::sqrt(sum);
}

}  // namespace

NearestRows::NearestRows(const Tensor& rows, std::int64_t k)
    : rows_(rows.contiguous()), k_(std::min(k, rows.rank() > 0 ? rows.shape(0) : 0)) {
  if (rows.rank() != 2 || rows.shape(0) < 2)
    throw ShapeError("NearestRows: needs rows (R, D), two at least, got shape {}; give the training rows",
                     rows.shape());
  if (rows.dtype() != float32)
    throw DTypeError("NearestRows: rows must be float32, got {}; x.to(float32) makes them",
                     name(rows.dtype()));
  if (k < 1) throw DataError("NearestRows: k must be at least 1, got {}; 5 is usual", k);
  minus_twice_ = transpose(-2.0 * rows_).contiguous();
  squares_ = sum(square(rows_), 1);
}

NearestRows::Found NearestRows::search(const Tensor& given, bool own) const {
  const Tensor x = given.contiguous();
  if (x.rank() != 2 || x.shape(1) != rows_.shape(1) || x.dtype() != float32)
    throw ShapeError("NearestRows: expects float32 rows of {} numbers, got {} {}; prepare them as the others",
                     rows_.shape(1), name(x.dtype()), x.shape());
  const std::int64_t n = x.shape(0), d = x.shape(1), r = rows_.shape(0), k = own ? std::min(k_, r - 1) : k_;
  Tensor indices(Shape{n, k}, int64), means(Shape{n}, float64);
  std::int64_t* const index = indices.mutable_data<std::int64_t>();
  double* const mean_of = means.mutable_data<double>();
  // As many rows at a time as have their products in the second cache.
  const std::int64_t block = std::clamp<std::int64_t>(65536 / r, 4, 64);
  constexpr std::int64_t kLook = 64;
  parallel_ranges(n, block, [&](std::int64_t begin, std::int64_t end) {
    const Tensor off = affine(slice(x, 0, {begin, end}), minus_twice_, &squares_);  // |r|² - 2 q·r
    std::vector<float> values(static_cast<std::size_t>(k));
    for (std::int64_t row = begin; row < end; ++row) {
      const float* const v = off.data<float>() + (row - begin) * r;
      Least least(values.data(), index + row * k, k);
      for (std::int64_t j = 0; j < r; j += kLook) {
        const std::int64_t upto = std::min(r, j + kLook);
        if (!any_below(v, j, upto, least.worst())) continue;
        for (std::int64_t l = j; l < upto; ++l) {
          if (!own || l != row) least.offer(v[l], l);
        }
      }
      double total = 0.0;
      for (std::int64_t j = 0; j < k; ++j)
        total += distance(x.data<float>() + row * d, rows_.data<float>() + least.index[j] * d, d);
      mean_of[row] = total / static_cast<double>(k);
    }
  });
  return {indices, means};
}

Tensor NearestRows::distances(const Tensor& x) const { return search(x, false).second; }
Tensor NearestRows::own_distances() const { return search(rows_, true).second; }
Tensor NearestRows::nearest(const Tensor& x) const { return search(x, false).first; }

}  // namespace hourglass::anomaly
