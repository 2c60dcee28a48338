#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/einsum.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/matrix.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass {

namespace {

// Keeps the columns [first, last) of row i, as `kept(i)` gives them.
template <class Kept>
Tensor keep_columns(const char* op, const Tensor& x, Kept kept) {
  if (x.rank() < 2) {
    throw ShapeError("{}: needs two axes or more, got shape {}; give a vector a second axis with unsqueeze",
                     op, x.shape());
  }
  const Tensor source = x.contiguous();
  const std::int64_t m = x.shape(-2), n = x.shape(-1);
  Tensor out = zeros(x.shape(), x.dtype());
  if (x.size() == 0) return out;
  visit(x.dtype(), [&]<class T>() {
    const T* const from = source.data<T>();
    T* const to = out.mutable_data<T>();
    parallel_ranges(x.size() / n, std::max<std::int64_t>(1, detail::kGrain / n),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t row = begin; row < end; ++row) {
                        const auto [first, last] = kept(row % m);
                        if (first < last)
                          std::copy(from + row * n + first, from + row * n + last, to + row * n + first);
                      }
                    });
  });
  return out;
}

// How far k can move a diagonal before it is beyond every edge; larger ones are brought to this.
std::int64_t bounded(std::int64_t k, std::int64_t m, std::int64_t n) { return std::clamp(k, -m, n); }

}  // namespace

Tensor tril(const Tensor& x, std::int64_t k) {
  return keep_columns("tril", x, [&, n = x.rank() < 2 ? 0 : x.shape(-1)](std::int64_t i) {
    return std::pair{std::int64_t{0}, std::clamp<std::int64_t>(i + 1 + bounded(k, x.shape(-2), n), 0, n)};
  });
}

Tensor triu(const Tensor& x, std::int64_t k) {
  return keep_columns("triu", x, [&, n = x.rank() < 2 ? 0 : x.shape(-1)](std::int64_t i) {
    return std::pair{std::clamp<std::int64_t>(i + bounded(k, x.shape(-2), n), 0, n), n};
  });
}

Tensor diagonal(const Tensor& x, std::int64_t k, int axis1, int axis2) {
  if (x.rank() < 2)
    throw ShapeError("diagonal: needs two axes or more, got shape {}; diag makes a matrix of a vector",
                     x.shape());
  const int rows = x.shape().axis_index(axis1), columns = x.shape().axis_index(axis2);
  if (rows == columns)
    throw ShapeError(
        "diagonal: needs two different axes of shape {}, got {} twice; the last two are usual, -2 and -1",
        x.shape(), rows);
  const auto step = [&](int axis) { return x.strides()[static_cast<std::size_t>(axis)]; };
  const std::int64_t m = x.shape(rows), n = x.shape(columns), at = bounded(k, m, n);
  const std::int64_t count = at >= 0 ? std::min(m, n - at) : std::min(m + at, n);
  std::vector<std::int64_t> extents;
  Strides strides{};
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (axis == rows || axis == columns) continue;
    strides[extents.size()] = step(axis);
    extents.push_back(x.shape(axis));
  }
  strides[extents.size()] = step(rows) + step(columns);
  extents.push_back(count);
  const std::int64_t offset = count == 0 ? 0 : at >= 0 ? at * step(columns) : -at * step(rows);
  return x.view(Shape(std::span<const std::int64_t>(extents)), strides, offset);
}

Tensor put_diagonal(const Tensor& x, const Shape& shape, std::int64_t k, int axis1, int axis2) {
  Tensor out = zeros(shape, x.dtype());
  Tensor place = diagonal(out, k, axis1, axis2);
  if (!(place.shape() == x.shape())) {
    throw ShapeError(
        "put_diagonal: the diagonal {} of shape {} has shape {}, but the values {}; give what diagonal gives "
        "of that shape",
        k, shape, place.shape(), x.shape());
  }
  place.copy_from(x);
  return out;
}

Tensor diag(const Tensor& x, std::int64_t k) {
  if (x.rank() == 2) return diagonal(x, k).clone();
  if (x.rank() == 1) return put_diagonal(x, detail::diag_shape(x.shape(0), k), k);
  throw ShapeError("diag: needs a vector or a matrix, got shape {}; of more axes, use diagonal", x.shape());
}

Tensor outer(const Tensor& a, const Tensor& b) {
  return reshape(a, {a.size(), 1}) * reshape(b, {1, b.size()});
}

Tensor dot(const Tensor& a, const Tensor& b) {
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  return einsum(detail::dot_subscripts(a.shape(), b.shape()), {a, b});
}

namespace detail {

Shape diag_shape(std::int64_t n, std::int64_t k) {
  std::int64_t side = 0;
  if (k < 0 ? __builtin_sub_overflow(n, k, &side) : __builtin_add_overflow(n, k, &side))
    throw ShapeError(
        "diag: a vector of {} elements on diagonal {} is beyond any matrix; take a diagonal nearer to 0", n,
        k);
  return {side, side};
}

std::string dot_subscripts(const Shape& a, const Shape& b) {
  const std::int64_t k = b.rank() == 1 ? b[0] : b[-2];
  if (a[-1] != k) {
    throw ShapeError(
        "dot: shapes {} and {} do not fit: the last axis of the first has {}, axis {} of the second {}; "
        "transpose one if its axes are the other way round",
        a, b, a[-1], b.rank() == 1 ? 0 : b.rank() - 2, k);
  }
  std::string left, right;
  for (int i = 0; i + 1 < a.rank(); ++i) left += static_cast<char>('a' + i);
  for (int i = 0; i + 1 < b.rank(); ++i) right += static_cast<char>('A' + i);
  std::string of_b = right;
  of_b.insert(b.rank() == 1 ? 0 : right.size() - 1, 1, 'z');
  return left + "z," + of_b + "->" + left + right;
}

}  // namespace detail

}  // namespace hourglass
