#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/normalize.h>

namespace hourglass {

Tensor standardize(const Tensor& x, const Axes& axes, double epsilon) {
  expect_floating("standardize", x.dtype());
  if (!(epsilon > 0.0)) throw DataError("standardize: epsilon must be positive, got {}", epsilon);
  const Tensor centred = x - mean(x, axes, {.keepdims = true});
  return centred * rsqrt(var(x, axes, {.keepdims = true}) + epsilon);
}

Axes all_but_last(int rank) {
  Axes axes;
  for (int i = 0; i + 1 < rank; ++i) axes.list.push_back(i);
  return axes;
}

void expect_norm_parts(const char* op, const Tensor& x, int least_rank, const Tensor* gamma,
                       const Tensor* beta, double epsilon) {
  expect_floating(op, x.dtype());
  if (x.rank() < least_rank) {
    throw ShapeError("{}: needs {} axes or more, the last of them channels, got shape {}", op, least_rank,
                     x.shape());
  }
  if (!(epsilon > 0.0)) throw DataError("{}: epsilon must be positive, got {}", op, epsilon);
  for (const Tensor* part : {gamma, beta}) {
    if (!part) continue;
    if (!(part->shape() == Shape{x.shape(-1)})) {
      throw ShapeError("{}: gamma and beta must have shape {} for an input of shape {}, got {}", op,
                       Shape{x.shape(-1)}, x.shape(), part->shape());
    }
    if (part->dtype() != x.dtype()) {
      throw DTypeError(
          "{}: the input is {}, but gamma or beta {}; convert one, for instance with x.to(hg::{})", op,
          name(x.dtype()), name(part->dtype()), name(part->dtype()));
    }
  }
}

void expect_moments(const char* op, const Tensor& x, const Moments& moments, const Shape& shape) {
  for (const Tensor* m : {&moments.mean, &moments.variance}) {
    if (m->shape() == shape) continue;
    throw ShapeError("{}: the moments must have shape {} for an input of shape {}, got {}", op, shape,
                     x.shape(), m->shape());
  }
}

void expect_gradient(const char* op, const Tensor& dy, const Tensor& x) {
  if (dy.shape() == x.shape() && dy.dtype() == x.dtype()) return;
  throw ShapeError("{}: the gradient {} ({}) must be of the shape and type of the input {} ({})", op,
                   dy.shape(), name(dy.dtype()), x.shape(), name(x.dtype()));
}

}  // namespace hourglass
