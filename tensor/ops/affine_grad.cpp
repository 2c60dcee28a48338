#include <hourglass/tensor/kernels/product/product.h>
#include <hourglass/tensor/kernels/slope.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>

namespace hourglass {

namespace {

// dz -> dy, and Σ_rows dz, both at once. Sums of a fixed number of rows are added in their order.
template <class T>
Tensor slope_and_sum(Tensor& dy, const Tensor& y, Epilogue f) {
  constexpr std::int64_t kRows = 32;
  const std::int64_t rows = dy.shape(0), columns = dy.shape(1), stretches = (rows + kRows - 1) / kRows;
  Tensor sums = zeros({stretches, columns}, float64);
  double* const of_stretch = sums.mutable_data<double>();
  T* const to = dy.mutable_data<T>();
  const T* const from = y.data<T>();
  const std::int64_t work = std::max<std::int64_t>(std::min(rows, kRows) * columns, 1);
  detail::with_slope(f, [&](auto slope) {
    parallel_ranges(stretches, std::max<std::int64_t>(detail::kGrain / work, 1),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t i = begin; i < end; ++i) {
                        const std::int64_t row = i * kRows;
                        T* const at = to + row * columns;
                        detail::slope_rows(static_cast<const T*>(at), from + row * columns, at,
                                           std::min(kRows, rows - row), columns, of_stretch + i * columns,
                                           slope);
                      }
                    });
  });
  return sum(sums, 0).to(dtype_of<T>);
}

}  // namespace

AffineGradients affine_grad(Tensor dy, const Tensor& y, const Tensor& x, const Tensor& w, Epilogue f,
                            AffineWanted wanted) {
  const std::int64_t m = dy.shape(0), n = dy.shape(1), k = w.shape(0);
  if (!dy.is_contiguous() || !dy.storage().is_unique()) dy = dy.clone();
  return visit_floating("affine", dy.dtype(), [&]<class T>() {
    AffineGradients out{Tensor(Shape{wanted.dx ? m : 0, k}, dtype_of<T>),
                        Tensor(Shape{wanted.dw ? k : 0, n}, dtype_of<T>),
                        slope_and_sum<T>(dy, y.contiguous(), f), dy};
    Tensor hold_x, hold_w, hold_dy;
    const auto of_x = detail::as_matrix<T>(x, hold_x), of_w = detail::as_matrix<T>(w, hold_w),
               dz = detail::as_matrix<T>(dy, hold_dy);
    const auto transposed = [](blas::Matrix<T> a) {
      a.transposed = !a.transposed;
      return a;
    };
    const detail::Product<T> to_x(out.dx.shape(0), k, n, dz, transposed(of_w), out.dx.mutable_data<T>());
    const detail::Product<T> to_w(out.dw.shape(0), n, m, transposed(of_x), dz, out.dw.mutable_data<T>());
    // The tiles of both evenly mixed, so that every stretch of them has its share of each.
    const std::int64_t of_x_tiles = to_x.tiles(), all = of_x_tiles + to_w.tiles();
    parallel_for(all, [&](std::int64_t i) {
      const std::int64_t before = i * of_x_tiles / all;
      (i + 1) * of_x_tiles / all > before ? to_x.compute(before) : to_w.compute(i - before);
    });
    return out;
  });
}

}  // namespace hourglass
