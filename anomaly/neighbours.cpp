#include <hourglass/anomaly/internal/boxes.h>
#include <hourglass/anomaly/internal/least.h>
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
#include <vector>

namespace hourglass::anomaly {

namespace {

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
  if (!all_finite(rows_))
    throw DataError("NearestRows: a number of the rows is nan or infinite; fill in holes first");
  constexpr std::int64_t kFewColumns = 12, kManyRows = 100;
  if (rows.shape(1) <= kFewColumns && rows.shape(0) >= kManyRows) {
    boxes_ = std::make_shared<internal::Boxes>(rows_);
    return;
  }
  minus_twice_ = transpose(-2.0 * rows_).contiguous();
  squares_ = sum(square(rows_), 1);
}

// Offers the products of rows x (n, D) with all others, |r|² - 2 q·r, to the lists of each; row i of them is
// not to be its own neighbour if `own` is its number, -1 for none.
void NearestRows::offer_products(const Tensor& x, std::vector<internal::Least>& lists,
                                 std::int64_t own) const {
  const std::int64_t r = rows_.shape(0);
  const Tensor off = affine(x, minus_twice_, &squares_);
  constexpr std::int64_t kLook = 64;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i), but = own < 0 ? -1 : own + row;
    const float* const v = off.data<float>() + row * r;
    for (std::int64_t j = 0; j < r; j += kLook) {
      const std::int64_t end = std::min(r, j + kLook);
      if (!internal::any_up_to(v + j, end - j, lists[i].worst())) continue;
      for (std::int64_t l = j; l < end; ++l) {
        if (l != but) lists[i].offer(v[l], l);
      }
    }
  }
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
  parallel_ranges(n, block, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> values(static_cast<std::size_t>((end - begin) * k));
    std::vector<internal::Least> lists;
    for (std::int64_t i = begin; i < end; ++i)
      lists.emplace_back(values.data() + (i - begin) * k, index + i * k, k);
    if (boxes_) {
      std::vector<float> room(static_cast<std::size_t>(boxes_->padded()));
      for (std::int64_t i = begin; i < end; ++i)
        boxes_->search(x.data<float>() + i * d, lists[static_cast<std::size_t>(i - begin)], own ? i : -1,
                       room.data());
    } else {
      offer_products(slice(x, 0, {begin, end}), lists, own ? begin : -1);
    }
    for (std::int64_t i = begin; i < end; ++i) {
      double total = 0.0;
      for (std::int64_t j = 0; j < k; ++j) {
        std::int64_t& near = index[i * k + j];
        if (near >= r) near = 0;  // none was found, because x is nan
        total += distance(x.data<float>() + i * d, rows_.data<float>() + near * d, d);
      }
      mean_of[i] = total / static_cast<double>(k);
    }
  });
  return {indices, means};
}

Tensor NearestRows::distances(const Tensor& x) const { return search(x, false).second; }
Tensor NearestRows::own_distances() const { return search(rows_, true).second; }
Tensor NearestRows::nearest(const Tensor& x) const { return search(x, false).first; }

}  // namespace hourglass::anomaly
