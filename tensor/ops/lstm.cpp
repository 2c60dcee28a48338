#include <hourglass/tensor/base/clones.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/kernels/product/product.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/lstm.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass {

namespace {

// One row of a step: the gates (4 units) hold z + h U and get their values; c and h are written.
template <class T>
HOURGLASS_CLONES void step_row(std::int64_t units, const T* __restrict before, T* __restrict gates,
                               T* __restrict c, T* __restrict h) {
  T *const i = gates, *const f = i + units, *const g = f + units, *const o = g + units;
  for (std::int64_t j = 0; j < units; ++j) {
    i[j] = math::sigmoid(i[j]);
    f[j] = math::sigmoid(f[j]);
    g[j] = math::tanh(g[j]);
    o[j] = math::sigmoid(o[j]);
    c[j] = f[j] * before[j] + i[j] * g[j];
    h[j] = o[j] * math::tanh(c[j]);
  }
}

// Back through it: dc is that of c_t on its way in and of c_{t−1} on its way out.
template <class T>
HOURGLASS_CLONES void step_row_back(std::int64_t units, const T* __restrict before, const T* __restrict gates,
                                    const T* __restrict c, const T* __restrict dh, T* __restrict dc,
                                    T* __restrict dz) {
  const T *const i = gates, *const f = i + units, *const g = f + units, *const o = g + units;
  for (std::int64_t j = 0; j < units; ++j) {
    const T s = math::tanh(c[j]), d = dc[j] + dh[j] * o[j] * (T{1} - s * s);
    dz[j] = d * g[j] * i[j] * (T{1} - i[j]);
    dz[units + j] = d * before[j] * f[j] * (T{1} - f[j]);
    dz[2 * units + j] = d * i[j] * (T{1} - g[j] * g[j]);
    dz[3 * units + j] = dh[j] * s * o[j] * (T{1} - o[j]);
    dc[j] = d * f[j];
  }
}

// A matrix whose rows keep their distance from the multiples of 1 KB, which would all want the same few
// places of the first cache.
template <class T>
struct Spread {
  Spread(const Tensor& x, std::int64_t rows, std::int64_t columns)
      : stride(columns % 256 == 0 ? columns + 16 : columns), held(Shape{rows * stride}, dtype_of<T>) {
    Tensor inside = held.view({rows, columns}, Strides{stride, 1});
    inside.copy_from(x);
  }
  [[nodiscard]] blas::Matrix<T> matrix() const { return {held.data<T>(), stride, false}; }
  std::int64_t stride;
  Tensor held;
};

struct Extents {
  std::int64_t steps, rows, units;
};

Extents check(const Tensor& z, const Tensor& u) {
  detail::expect_same_type("lstm", z, u);
  if (z.rank() != 3 || u.rank() != 2 || u.shape(1) != 4 * u.shape(0) || z.shape(2) != u.shape(1)) {
    throw ShapeError("lstm: needs z (T, N, 4 units) and u (units, 4 units), got shapes {} and {}", z.shape(),
                     u.shape());
  }
  return {z.shape(0), z.shape(1), u.shape(0)};
}

// Calls f(first row, rows) for the parts of the batch.
template <class F>
void for_parts(const Extents& n, F&& f) {
  constexpr std::int64_t kRows = 32;   // enough for the product of a step, few enough for several threads
  constexpr double kWorthTwo = 2.0e6;  // flops below which a second thread does not pay
  const double flops = 8.0 * static_cast<double>(n.steps * n.rows) * static_cast<double>(n.units * n.units);
  parallel_ranges(n.rows, flops < kWorthTwo ? std::max<std::int64_t>(n.rows, 1) : kRows,
                  [&](std::int64_t begin, std::int64_t end) { f(begin, end - begin); });
}

}  // namespace

LstmStates lstm(Tensor z, const Tensor& u) {
  const Extents n = check(z, u);
  const Shape shape{n.steps, n.rows, n.units};
  if (!z.is_contiguous() || !z.storage().is_unique()) z = z.clone();
  LstmStates out{Tensor(shape, u.dtype()), Tensor(shape, u.dtype()), std::move(z)};
  visit_floating("lstm", u.dtype(), [&]<class T>() {
    const Spread<T> recurrent(u, n.units, 4 * n.units);
    const Tensor none = zeros({n.units}, dtype_of<T>);
    T *const h = out.h.mutable_data<T>(), *const c = out.c.mutable_data<T>(),
             *const gates = out.gates.mutable_data<T>();
    for_parts(n, [&](std::int64_t first, std::int64_t rows) {
      for (std::int64_t t = 0; t < n.steps; ++t) {
        const std::int64_t at = t * n.rows + first, before = at - n.rows, wide = 4 * n.units;
        if (t > 0) {
          detail::multiply<T>(rows, wide, n.units, {h + before * n.units, n.units, false}, recurrent.matrix(),
                              gates + at * wide, wide, true);
        }
        for (std::int64_t r = 0; r < rows; ++r) {
          step_row(n.units, t > 0 ? c + (before + r) * n.units : none.data<T>(), gates + (at + r) * wide,
                   c + (at + r) * n.units, h + (at + r) * n.units);
        }
      }
    });
  });
  return out;
}

Tensor lstm_grad(const Tensor& gradient, const Tensor& u, const Tensor& c, const Tensor& gates) {
  const Extents n = check(gates, u);
  const Tensor dh = gradient.contiguous();
  Tensor dz(gates.shape(), u.dtype());
  visit_floating("lstm", u.dtype(), [&]<class T>() {
    const Spread<T> turned(transpose(u), 4 * n.units, n.units);
    const Tensor none = zeros({n.units}, dtype_of<T>);
    const T *const from = dh.data<T>(), *const cells = c.data<T>(), *const values = gates.data<T>();
    T* const to = dz.mutable_data<T>();
    for_parts(n, [&](std::int64_t first, std::int64_t rows) {
      const std::int64_t wide = 4 * n.units, part = rows * n.units;
      Tensor dc_of_part = zeros({part}, dtype_of<T>), dh_of_part({part}, dtype_of<T>);
      T *const dc = dc_of_part.mutable_data<T>(), *const arrived = dh_of_part.mutable_data<T>();
      for (std::int64_t t = n.steps; t-- > 0;) {
        const std::int64_t at = t * n.rows + first, before = at - n.rows, after = at + n.rows;
        std::copy_n(from + at * n.units, part, arrived);
        if (t + 1 < n.steps) {
          detail::multiply<T>(rows, n.units, wide, {to + after * wide, wide, false}, turned.matrix(), arrived,
                              n.units, true);
        }
        for (std::int64_t r = 0; r < rows; ++r) {
          step_row_back(n.units, t > 0 ? cells + (before + r) * n.units : none.data<T>(),
                        values + (at + r) * wide, cells + (at + r) * n.units, arrived + r * n.units,
                        dc + r * n.units, to + (at + r) * wide);
        }
      }
    });
  });
  return dz;
}

}  // namespace hourglass
