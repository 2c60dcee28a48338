#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/norm/batch.h>
#include <hourglass/tensor/kernels/norm/layer.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/normalize.h>

namespace hourglass {

namespace {

detail::RowsOf rows_of(const Tensor& x) {
  const std::int64_t channels = x.shape(-1);
  return {channels == 0 ? 0 : x.size() / channels, channels};
}

// A contiguous γ or β, or none.
struct Part {
  explicit Part(const Tensor* part) : held(part ? part->contiguous() : Tensor()), present(part != nullptr) {}
  template <class T>
  [[nodiscard]] const T* data() const {
    return present ? held.data<T>() : nullptr;
  }
  Tensor held;
  bool present;
};

}  // namespace

Tensor standardize(const Tensor& x, const Axes& axes, double epsilon) {
  expect_floating("standardize", x.dtype());
  if (!(epsilon > 0.0))
    throw DataError("standardize: epsilon must be positive, got {}; 1e-3 is usual", epsilon);
  return center(x, axes) * rsqrt(var(x, axes, {.keepdims = true}) + epsilon);
}

Axes all_but_last(int rank) {
  if (rank < 0 || rank > kMaxRank)
    throw ShapeError("all_but_last: needs a rank from 0 to {}, got {}; x.rank() is one", kMaxRank, rank);
  Axes axes;
  for (int i = 0; i + 1 < rank; ++i) axes.list.push_back(i);
  return axes;
}

void expect_norm_parts(const char* op, const Tensor& x, int least_rank, const Tensor* gamma,
                       const Tensor* beta, double epsilon) {
  expect_floating(op, x.dtype());
  if (x.rank() < least_rank) {
    throw ShapeError(
        "{}: needs {} axes or more, the last of them channels, got shape {}; unsqueeze adds a batch axis", op,
        least_rank, x.shape());
  }
  if (!(epsilon > 0.0)) throw DataError("{}: epsilon must be positive, got {}; 1e-3 is usual", op, epsilon);
  for (const Tensor* part : {gamma, beta}) {
    if (!part) continue;
    if (!(part->shape() == Shape{x.shape(-1)})) {
      throw ShapeError(
          "{}: gamma and beta must have shape {} for an input of shape {}, got {}; they have one number for "
          "each channel, which come last",
          op, Shape{x.shape(-1)}, x.shape(), part->shape());
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
    throw ShapeError(
        "{}: the moments must have shape {} for an input of shape {}, got {}; give what the forward pass "
        "gave",
        op, shape, x.shape(), m->shape());
  }
}

void expect_gradient(const char* op, const Tensor& dy, const Tensor& x) {
  if (dy.shape() == x.shape() && dy.dtype() == x.dtype()) return;
  throw ShapeError(
      "{}: the gradient {} ({}) must be of the shape and type of the input {} ({}); give the input of the "
      "forward pass",
      op, dy.shape(), name(dy.dtype()), x.shape(), name(x.dtype()));
}

Moments channel_moments(const Tensor& input) {
  const Tensor x = input.contiguous();
  Moments out{Tensor({x.shape(-1)}, float64), Tensor({x.shape(-1)}, float64)};
  visit_floating("batch_norm", x.dtype(), [&]<class T>() {
    detail::column_moments(x.data<T>(), rows_of(x), out.mean.mutable_data<double>(),
                           out.variance.mutable_data<double>());
  });
  return out;
}

Tensor batch_norm(const Tensor& input, const Moments& moments, const Tensor* gamma, const Tensor* beta,
                  double epsilon) {
  expect_norm_parts("batch_norm", input, 1, gamma, beta, epsilon);
  expect_moments("batch_norm", input, moments, {input.shape(-1)});
  const Tensor x = input.contiguous();
  Tensor y(x.shape(), x.dtype());
  if (x.size() == 0) return y;
  const Tensor means = moments.mean.to(float64).contiguous(),
               variances = moments.variance.to(float64).contiguous();
  const Part scale(gamma), shift(beta);
  visit_floating("batch_norm", x.dtype(), [&]<class T>() {
    detail::batch_norm_rows<T>(x.data<T>(), y.mutable_data<T>(), rows_of(x), means.data<double>(),
                               variances.data<double>(), scale.data<T>(), shift.data<T>(), epsilon);
  });
  return y;
}

Tensor batch_norm_grad(const Tensor& gradient, const Tensor& input, const Moments& moments,
                       const Tensor* gamma, double epsilon, bool with_dx) {
  expect_norm_parts("batch_norm", input, 1, gamma, nullptr, epsilon);
  expect_moments("batch_norm", input, moments, {input.shape(-1)});
  expect_gradient("batch_norm", gradient, input);
  const Tensor x = input.contiguous(), dy = gradient.contiguous();
  const std::int64_t n = with_dx ? x.size() : 0, channels = x.shape(-1);
  Tensor out({n + 2 * channels}, x.dtype());
  const Part scale(gamma);
  visit_floating("batch_norm", x.dtype(), [&]<class T>() {
    T* const to = out.mutable_data<T>();
    detail::batch_norm_gradient<T>(
        {dy.data<T>(), x.data<T>(), scale.data<T>(), moments.mean.data<double>(),
         moments.variance.data<double>(), with_dx ? to : nullptr, to + n, to + n + channels},
        rows_of(x), epsilon);
  });
  return out;
}

LayerNorm layer_norm(const Tensor& input, const Tensor* gamma, const Tensor* beta, double epsilon) {
  expect_norm_parts("layer_norm", input, 1, gamma, beta, epsilon);
  const Tensor x = input.contiguous();
  const std::int64_t n = x.shape(-1), rows = x.shape().without(-1).size();
  LayerNorm out{Tensor(x.shape(), x.dtype()), {zeros({rows}, float64), zeros({rows}, float64)}};
  if (x.size() == 0) return out;
  const Tensor scales = gamma ? gamma->contiguous() : ones({n}, x.dtype());
  const Tensor shifts = beta ? beta->contiguous() : zeros({n}, x.dtype());
  visit_floating("layer_norm", x.dtype(), [&]<class T>() {
    detail::layer_norm_rows<T>(
        x.data<T>(), out.y.mutable_data<T>(), rows, n, scales.data<T>(), shifts.data<T>(), epsilon,
        {out.moments.mean.mutable_data<double>(), out.moments.variance.mutable_data<double>()});
  });
  return out;
}

Tensor layer_norm_grad(const Tensor& gradient, const Tensor& input, const Moments& moments,
                       const Tensor* gamma, double epsilon) {
  expect_norm_parts("layer_norm", input, 1, gamma, nullptr, epsilon);
  const Tensor x = input.contiguous(), dy = gradient.contiguous();
  const std::int64_t n = x.shape(-1), rows = x.shape().without(-1).size();
  expect_moments("layer_norm", x, moments, {rows});
  expect_gradient("layer_norm", dy, x);
  Tensor out({x.size() + 2 * n}, x.dtype());
  const Tensor scales = gamma ? gamma->contiguous() : ones({n}, x.dtype());
  visit_floating("layer_norm", x.dtype(), [&]<class T>() {
    T* const to = out.mutable_data<T>();
    T* const d_gamma = to + x.size();
    detail::layer_norm_gradient<T>({dy.data<T>(), x.data<T>(), scales.data<T>(), moments.mean.data<double>(),
                                    moments.variance.data<double>(), to, d_gamma, d_gamma + n},
                                   rows, n, epsilon);
  });
  return out;
}

}  // namespace hourglass
