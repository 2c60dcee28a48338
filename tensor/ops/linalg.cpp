#include <hourglass/tensor/base/products.h>
#include <hourglass/tensor/kernels/product/affine.h>
#include <hourglass/tensor/kernels/product/blas.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <limits>

namespace hourglass {

namespace {

using detail::Matrix;
using detail::Product;

void expect_matrices(const char* op, const Tensor& a, const Tensor& b) {
  if (a.rank() < 2 || b.rank() < 2) {
    throw ShapeError(
        "{}: needs operands with two axes or more, got shapes {} and {}; give a vector a second axis with "
        "unsqueeze",
        op, a.shape(), b.shape());
  }
  if (a.shape(-1) != b.shape(-2)) {
    throw ShapeError(
        "{}: shapes {} and {} do not fit: the last axis of the first has {}, the last but one of the second "
        "{}; transpose one if its axes are the other way round",
        op, a.shape(), b.shape(), a.shape(-1), b.shape(-2));
  }
  for (const Tensor* x : {&a, &b}) {
    for (const int axis : {-1, -2}) {
      if (x->shape(axis) > std::numeric_limits<int>::max()) {
        throw ShapeError("{}: an axis of {} is longer than 2³¹ − 1; multiply it in parts (slice)", op,
                         x->shape());
      }
    }
  }
  detail::expect_same_type(op, a, b);
}

// The last two axes as BLAS can take them: one of the strides must be 1. Else a copy, kept in `holder`.
template <class T>
Matrix<T> as_matrix(const Tensor& x, Tensor& holder) {
  constexpr std::int64_t kLargest = std::numeric_limits<int>::max();
  const auto fits = [](std::int64_t unit, std::int64_t stride, std::int64_t rows, std::int64_t columns) {
    return (unit == 1 || columns <= 1) && (stride >= std::max<std::int64_t>(columns, 1) || rows <= 1) &&
           stride <= kLargest;
  };
  const auto at = [](const Tensor& t, int axis) {
    const std::int64_t from_first = std::int64_t{t.rank()} + axis;
    return t.strides()[static_cast<std::size_t>(from_first)];
  };
  const std::int64_t rows = x.shape(-2), columns = x.shape(-1);
  holder = x;
  if (fits(at(x, -1), at(x, -2), rows, columns)) {
    return {x.data<T>(), std::max(rows <= 1 ? columns : at(x, -2), std::int64_t{1}), false};
  }
  if (fits(at(x, -2), at(x, -1), columns, rows)) {
    return {x.data<T>(), std::max(columns <= 1 ? rows : at(x, -1), std::int64_t{1}), true};
  }
  holder = x.clone();
  return {holder.data<T>(), std::max(columns, std::int64_t{1}), false};
}

template <class T>
Tensor product(const char* op, const Tensor& a, const Tensor& b, const Tensor* bias, Epilogue f) {
  const std::int64_t m = a.shape(-2), k = a.shape(-1), n = b.shape(-1);
  Tensor y(Shape{m, n}, dtype_of<T>);
  Tensor hold_a, hold_b, hold_bias = bias ? bias->contiguous() : Tensor();
  const Matrix<T> left = as_matrix<T>(a, hold_a), right = as_matrix<T>(b, hold_b);
  if (bias && !(bias->shape() == Shape{n})) {
    throw ShapeError(
        "{}: kernel {} needs a bias of shape {}, got {}; it has one number for each column of the kernel", op,
        b.shape(), Shape{n}, bias->shape());
  }
  if (y.size() == 0) return y;
  detail::count_products();
  const Product<T> all(m, n, k, left, right, y.mutable_data<T>(), bias ? hold_bias.data<T>() : nullptr, f);
  parallel_for(all.tiles(), [&](std::int64_t tile) { all.compute(tile); });
  return y;
}

// Leading axes: one product for each, several products to a task.
template <class T>
Tensor batched_product(const Tensor& a, const Tensor& b) {
  const auto lead = [](const Tensor& x) {
    return Shape(std::span(x.shape().begin(), static_cast<std::size_t>(x.rank() - 2)));
  };
  const Shape batch = broadcast_shapes("matmul", lead(a), lead(b));
  const std::int64_t m = a.shape(-2), k = a.shape(-1), n = b.shape(-1);
  const auto with_matrix = [&](std::int64_t rows, std::int64_t columns) {
    return batch.insert(batch.rank(), rows).insert(batch.rank() + 1, columns);
  };
  const Tensor left = broadcast_to(a, with_matrix(m, k)), right = broadcast_to(b, with_matrix(k, n));
  Tensor y(with_matrix(m, n), dtype_of<T>);
  if (y.size() == 0) return y;
  if (batch.size() == 1) {
    const Tensor one =
        product<T>("matmul", reshape(left, {m, k}), reshape(right, {k, n}), nullptr, Epilogue::none);
    return reshape(one, y.shape());
  }
  Tensor hold_a, hold_b;
  const Matrix<T> first_a = as_matrix<T>(left, hold_a), first_b = as_matrix<T>(right, hold_b);
  const auto offset_of = [&](const Tensor& x, std::int64_t index) {
    std::int64_t offset = 0;
    for (int axis = batch.rank() - 1; axis >= 0; index /= batch[axis--]) {
      offset += index % batch[axis] * x.strides()[static_cast<std::size_t>(axis)];
    }
    return offset;
  };
  detail::count_products();
  T* const to = y.mutable_data<T>();
  const auto product_of = [&](std::int64_t index) {
    Matrix<T> am = first_a, bm = first_b;
    am.data += offset_of(hold_a, index);
    bm.data += offset_of(hold_b, index);
    return Product<T>(m, n, k, am, bm, to + index * m * n);
  };
  const std::int64_t each = product_of(0).tiles(), flops = 2 * m * n * std::max<std::int64_t>(k, 1);
  parallel_ranges(batch.size() * each, std::max<std::int64_t>(2'000'000 / flops, 1),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t i = begin; i < end; ++i) product_of(i / each).compute(i % each);
                  });
  return y;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  expect_matrices("matmul", a, b);
  return visit_floating("matmul", a.dtype(), [&]<class T>() {
    if (a.rank() == 2 && b.rank() == 2) return product<T>("matmul", a, b, nullptr, Epilogue::none);
    return batched_product<T>(a, b);
  });
}

Tensor affine(const Tensor& x, const Tensor& w, const Tensor* b, Epilogue f) {
  expect_matrices("affine", x, w);
  if (x.rank() != 2 || w.rank() != 2)
    throw ShapeError("affine: needs x and kernel of rank 2, got {} and {}; reshape leading axes into one",
                     x.shape(), w.shape());
  if (b) detail::expect_same_type("affine", w, *b);
  return visit_floating("affine", x.dtype(), [&]<class T>() { return product<T>("affine", x, w, b, f); });
}

AffineGradients affine_grad(Tensor dy, const Tensor& y, const Tensor* x, const Tensor* w, Epilogue f) {
  const bool fits = dy.rank() == 2 && y.shape() == dy.shape() &&
                    (!x || (x->rank() == 2 && x->shape(0) == dy.shape(0))) &&
                    (!w || (w->rank() == 2 && w->shape(1) == dy.shape(1)));
  if (!fits) {
    const auto shape_of = [](const Tensor* t) { return t ? t->shape().str() : "none"; };
    throw ShapeError(
        "affine_grad: needs dy and y (M, N), x (M, K) and w (K, N), got {}, {}, {} and {}; give the inputs "
        "and the output of affine",
        dy.shape(), y.shape(), shape_of(x), shape_of(w));
  }
  for (const Tensor* other : {&y, x, w}) {
    if (other) detail::expect_same_type("affine_grad", dy, *other);
  }
  if (!dy.is_contiguous() || !dy.storage().is_unique()) dy = dy.clone();
  detail::count_products((w ? 1 : 0) + (x ? 1 : 0));
  return visit_floating("affine", dy.dtype(), [&]<class T>() {
    const std::int64_t m = dy.shape(0), n = dy.shape(1);
    AffineGradients out{Tensor(w ? Shape{m, w->shape(0)} : Shape{0, 0}, dtype_of<T>),
                        Tensor(x ? Shape{x->shape(1), n} : Shape{0, 0}, dtype_of<T>),
                        Tensor(Shape{n}, dtype_of<T>), dy};
    const Tensor output = y.contiguous();
    T* const to = dy.mutable_data<T>();
    detail::slope_and_sum<T>(f, m, n, to, output.data<T>(), to, out.db.mutable_data<T>());
    Tensor hold_x, hold_w, hold_dy;
    const Matrix<T> none{nullptr, 1, false}, of_x = x ? as_matrix<T>(*x, hold_x) : none,
                                             of_w = w ? as_matrix<T>(*w, hold_w) : none,
                                             dz = as_matrix<T>(dy, hold_dy);
    detail::compute_both(
        Product<T>(out.dx.shape(0), out.dx.shape(1), n, dz, transposed(of_w), out.dx.mutable_data<T>()),
        Product<T>(out.dw.shape(0), n, m, transposed(of_x), dz, out.dw.mutable_data<T>()));
    return out;
  });
}

Eigen eigh(const Tensor& a) {
  if (a.rank() != 2 || a.shape(0) != a.shape(1))
    throw ShapeError(
        "eigh: needs a square matrix, got shape {}; of an (n, m) matrix take transpose(a) times a",
        a.shape());
  if (a.dtype() != float64)
    throw DTypeError("eigh: needs float64, got {}; convert with a.to(hg::float64)", name(a.dtype()));
  if (!all_finite(a))
    throw DataError(
        "eigh: the matrix {} holds nan or infinity; all_finite tells which of what it was made from has one",
        a.shape());
  Eigen out{zeros({a.shape(0)}, float64), Tensor()};
  Tensor rows = a.clone();
  if (a.size() == 0) return {out.values, rows};
  if (const int info = blas::eigh(a.shape(0), rows.mutable_data<double>(), out.values.mutable_data<double>());
      info != 0) {
    throw DataError(
        "eigh: the iteration on a matrix of shape {} did not converge (LAPACK info {}); scale its elements "
        "towards 1",
        a.shape(), info);
  }
  out.vectors = transpose(rows).clone();
  return out;
}

}  // namespace hourglass
