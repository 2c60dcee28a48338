#pragma once

#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/missing.h>
#include <hourglass/tensor/tensor.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>

/// The loops under every element-wise op: y[i] = f(x₁[i], x₂[i], …) over broadcast inputs. What an op of
/// one's own needs is `map`, at the end.
namespace hourglass::detail {

/// N inputs and a contiguous output of one shape, with neighbouring axes merged where every input allows it.
template <std::size_t N>
struct Walk {
  int rank = 0;
  std::array<std::int64_t, kMaxRank> extents{};
  std::array<Strides, N> strides{};
  std::int64_t size = 0;
};

template <std::size_t N>
Walk<N> plan_walk(const Shape& shape, const std::array<const Tensor*, N>& inputs) {
  Walk<N> walk;
  walk.size = shape.size();
  std::array<Strides, N> full{};
  for (std::size_t k = 0; k < N; ++k) {
    const Tensor& x = *inputs[k];
    for (int i = 1; i <= x.rank(); ++i) {
      const auto axis = static_cast<std::size_t>(shape.rank() - i);
      full[k][axis] = x.shape()[-i] == 1 ? 0 : x.strides()[static_cast<std::size_t>(x.rank() - i)];
    }
  }
  for (int i = 0; i < shape.rank(); ++i) {
    const auto axis = static_cast<std::size_t>(i);
    const std::int64_t extent = shape[i];
    if (extent == 1) continue;
    bool merge = walk.rank > 0;
    const auto last = static_cast<std::size_t>(walk.rank > 0 ? walk.rank - 1 : 0);
    for (std::size_t k = 0; k < N; ++k) merge = merge && walk.strides[k][last] == full[k][axis] * extent;
    const auto to = merge ? last : static_cast<std::size_t>(walk.rank++);
    walk.extents[to] = merge ? walk.extents[to] * extent : extent;
    for (std::size_t k = 0; k < N; ++k) walk.strides[k][to] = full[k][axis];
  }
  if (walk.rank == 0) {
    walk.rank = 1;
    walk.extents[0] = 1;
  }
  return walk;
}

/// Calls row(offsets of the inputs, offset of the output, length) for stretches along the last axis, in
/// parallel.
template <std::size_t N, class Row>
void for_rows(const Walk<N>& walk, Row&& row) {
  const auto last = static_cast<std::size_t>(walk.rank - 1);
  const std::int64_t length = walk.extents[last];
  parallel_ranges(walk.size, kGrain, [&](std::int64_t begin, std::int64_t end) {
    while (begin < end) {
      std::int64_t rest = begin / length;
      const std::int64_t column = begin % length;
      std::array<std::int64_t, N> offsets{};
      for (std::size_t k = 0; k < N; ++k) offsets[k] = column * walk.strides[k][last];
      for (std::size_t axis = last; axis-- > 0; rest /= walk.extents[axis]) {
        const std::int64_t index = rest % walk.extents[axis];
        for (std::size_t k = 0; k < N; ++k) offsets[k] += index * walk.strides[k][axis];
      }
      const std::int64_t n = std::min(length - column, end - begin);
      row(offsets, begin, n);
      begin += n;
    }
  });
}

/// y = f(x), element by element; R is the type of the result's elements.
template <class T, class R = T, class F>
Tensor map_typed(const Tensor& x, F f) {
  Tensor y(x.shape(), dtype_of<R>);
  const T* const from = x.data<T>();
  R* const to = y.mutable_data<R>();
  const Walk<1> walk = plan_walk<1>(x.shape(), {&x});
  const std::int64_t step = walk.strides[0][static_cast<std::size_t>(walk.rank - 1)];
  for_rows(walk, [&](const auto& offsets, std::int64_t at, std::int64_t n) {
    if (step == 1) {
      map_row(from + offsets[0], to + at, n, f);
    } else {
      map_strided(from + offsets[0], step, to + at, n, f);
    }
  });
  return y;
}

/// y = f(a, b) with broadcasting.
template <class T, class R = T, class F>
Tensor map_typed(const char* op, const Tensor& a, const Tensor& b, F f) {
  const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
  Tensor y(shape, dtype_of<R>);
  const T* const pa = a.data<T>();
  const T* const pb = b.data<T>();
  R* const to = y.mutable_data<R>();
  const Walk<2> walk = plan_walk<2>(shape, {&a, &b});
  const auto last = static_cast<std::size_t>(walk.rank - 1);
  const std::int64_t sa = walk.strides[0][last], sb = walk.strides[1][last];
  for_rows(walk, [&](const auto& offsets, std::int64_t at, std::int64_t n) {
    const T* const x1 = pa + offsets[0];
    const T* const x2 = pb + offsets[1];
    if (sa == 1 && sb == 1) {
      map_row(x1, x2, to + at, n, f);
    } else if (sa == 1 && sb == 0) {
      map_row_right(x1, *x2, to + at, n, f);
    } else if (sa == 0 && sb == 1) {
      map_row_left(*x1, x2, to + at, n, f);
    } else {
      map_strided(x1, sa, x2, sb, to + at, n, f);
    }
  });
  return y;
}

inline void expect_same_type(const char* op, const Tensor& a, const Tensor& b) {
  if (a.dtype() == b.dtype()) return;
  throw DTypeError("{}: the operands are {} and {}; convert one, for instance with x.to(hg::{}){}", op,
                   name(a.dtype()), name(b.dtype()), name(is_floating(b.dtype()) ? b.dtype() : a.dtype()),
                   note_if_missing(a.shape(), b.shape()));
}

/// A number in the type of the tensor it stands beside; DataError if it is not exact there.
template <class T>
T number(const char* op, double value, const Tensor& x) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value);
  } else {
    constexpr double kLimit = std::is_same_v<T, std::uint8_t> ? 256.0 : 0x1p63;
    const bool fits =
        value == std::trunc(value) && value < kLimit && value >= (std::is_signed_v<T> ? -kLimit : 0.0);
    if (fits) return static_cast<T>(value);
    throw DataError(
        "{}: the number {} is not exact as {}; convert the tensor, for instance with x.to(hg::float32)", op,
        value, name(x.dtype()));
  }
}

/// y = f(x, number) for every type.
template <class F>
Tensor map_number(const char* op, const Tensor& x, double value, F f) {
  return visit(x.dtype(), [&]<class T>() {
    const T b = number<T>(op, value, x);
    return map_typed<T>(x, [b, f](T v) { return f(v, b); });
  });
}

/// y = f(a, b) for every type.
template <class F>
Tensor map_any(const char* op, const Tensor& a, const Tensor& b, F f) {
  expect_same_type(op, a, b);
  return visit(a.dtype(), [&]<class T>() { return map_typed<T>(op, a, b, f); });
}

}  // namespace hourglass::detail

namespace hourglass {

/// An element-wise op of one's own:  y[i] = f(x[i]),  or  y[i] = f(a[i], b[i])  of operands that are
/// broadcast:
///
///     Tensor mish(const Tensor& x) {
///       return map("mish", x, [](auto v) { return v * math::tanh(math::softplus(v)); });
///     }
///
/// f gets floats or doubles (`auto`), as the tensor's type is, and gives the same back. It runs in parallel,
/// and is inlined into three copies of the loop (tensor/base/dispatch.h): what it computes with the functions
/// of tensor/base/vector_math.h, without a branch, runs at the width of the machine's registers. The result
/// is new and contiguous. Throws DTypeError, beginning with the op's name, for other types and for mixed
/// ones, ShapeError for shapes that do not broadcast.
template <class F>
[[nodiscard]] Tensor map(const char* op, const Tensor& x, F f) {
  return visit_floating(op, x.dtype(), [&]<class T>() { return detail::map_typed<T>(x, f); });
}
template <class F>
[[nodiscard]] Tensor map(const char* op, const Tensor& a, const Tensor& b, F f) {
  detail::expect_same_type(op, a, b);
  return visit_floating(op, a.dtype(), [&]<class T>() { return detail::map_typed<T>(op, a, b, f); });
}

}  // namespace hourglass
