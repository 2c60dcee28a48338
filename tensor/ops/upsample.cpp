#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/upsample.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/pool.h>

namespace hourglass {

namespace {

void check(const char* op, const Tensor& x, Extent2 factor) {
  if (x.rank() != 4)
    throw ShapeError("{}: needs images (N, H, W, C), got shape {}; unsqueeze adds the axis that is missing",
                     op, x.shape());
  if (factor.rows < 1 || factor.columns < 1)
    throw ShapeError(
        "{}: factors must be at least 1, got ({}, {}); 1 leaves an axis as it is, pooling makes it smaller",
        op, factor.rows, factor.columns);
}

}  // namespace

Tensor upsample2d(const Tensor& x, Extent2 factor, Interpolation kind) {
  check("upsample2d", x, factor);
  const Shape& s = x.shape();
  const detail::UpsampleExtents extents{s[0], s[1], s[2], s[3], factor};
  const Tensor small = x.contiguous();
  return visit_floating("upsample2d", x.dtype(), [&]<class T>() {
    Tensor y = zeros({s[0], checked_product("upsample2d", s[1], factor.rows),
                      checked_product("upsample2d", s[2], factor.columns), s[3]},
                     dtype_of<T>);
    const auto up =
        kind == Interpolation::nearest ? detail::upsample_nearest<T> : detail::upsample_bilinear<T>;
    up(extents, small.data<T>(), y.mutable_data<T>());
    return y;
  });
}

Tensor upsample2d_grad(const Tensor& dy, Extent2 factor, Interpolation kind) {
  const char* const op = "upsample2d_grad";
  check(op, dy, factor);
  const Shape& large = dy.shape();
  if (large[1] % factor.rows != 0 || large[2] % factor.columns != 0) {
    throw ShapeError(
        "{}: height and width of {} must be multiples of the factors ({}, {}); slice or pad it to one", op,
        large, factor.rows, factor.columns);
  }
  const detail::UpsampleExtents small{large[0], large[1] / factor.rows, large[2] / factor.columns, large[3],
                                      factor};
  const Tensor from = dy.contiguous();
  return visit_floating(op, dy.dtype(), [&]<class T>() {
    Tensor dx = zeros({small.images, small.rows, small.columns, small.channels}, dtype_of<T>);
    const auto down =
        kind == Interpolation::nearest ? detail::upsample_nearest_grad<T> : detail::upsample_bilinear_grad<T>;
    down(small, from.data<T>(), dx.mutable_data<T>());
    return dx;
  });
}

}  // namespace hourglass
