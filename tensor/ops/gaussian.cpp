#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/kernels/pairs.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/gaussian.h>
#include <hourglass/tensor/ops/loss.h>

#include <algorithm>

namespace hourglass {

namespace {

template <class T>
[[gnu::always_inline]] inline T clipped(T v, T least, T most) {
  const T above = v < least ? least : v;  // nan stays nan
  return above > most ? most : above;
}

template <class T>
[[gnu::always_inline]] inline T if_inside(T v, T least, T most, T gradient) {
  return (static_cast<int>(v >= least) & static_cast<int>(v <= most)) != 0 ? gradient : T{0};
}

// y = f(a, b, c, least, most) for three tensors of one shape.
template <class F>
Tensor map_three(const Tensor& first, const Tensor& second, const Tensor& third, LogVarianceRange range,
                 F f) {
  const Tensor a = first.contiguous(), b = second.contiguous(), c = third.contiguous();
  Tensor y(a.shape(), a.dtype());
  visit_floating("reparameterize", a.dtype(), [&]<class T>() {
    const T* const pa = a.data<T>();
    const T* const pb = b.data<T>();
    const T* const pc = c.data<T>();
    T* const to = y.mutable_data<T>();
    const T least = static_cast<T>(range.least), most = static_cast<T>(range.most);
    parallel_ranges(a.size(), detail::kGrain, [&](std::int64_t i, std::int64_t end) {
      detail::map_row(pa + i, pb + i, pc + i, to + i, end - i,
                      [=](T u, T v, T w) { return f(u, v, w, least, most); });
    });
  });
  return y;
}

void expect_like(const char* op, const char* what, const Tensor& x, const char* other_name,
                 const Tensor& other) {
  expect_floating(op, x.dtype());
  if (!(x.shape() == other.shape())) {
    throw ShapeError("{}: {} {} and {} {} must have the same shape; nothing is broadcast", op, what,
                     x.shape(), other_name, other.shape());
  }
  if (x.dtype() != other.dtype()) {
    throw DTypeError("{}: the {} is {}, but the {} {}; convert one, for instance with x.to(hg::{})", op, what,
                     name(x.dtype()), other_name, name(other.dtype()), name(x.dtype()));
  }
}

}  // namespace

void expect_range(const char* op, LogVarianceRange range) {
  if (std::isfinite(range.least) && std::isfinite(range.most) && range.least < range.most) return;
  throw DataError(
      "{}: the range of log variances must go from a number to a larger one, got [{}, {}]; [-10, 10] is "
      "usual",
      op, range.least, range.most);
}

Tensor reparameterize(const Tensor& mean, const Tensor& log_variance, const Tensor& epsilon,
                      LogVarianceRange range) {
  expect_like("reparameterize", "mean", mean, "log variance", log_variance);
  expect_like("reparameterize", "mean", mean, "epsilon", epsilon);
  expect_range("reparameterize", range);
  return map_three(mean, log_variance, epsilon, range, [](auto m, auto l, auto e, auto least, auto most) {
    return m + math::exp(decltype(l)(0.5) * clipped(l, least, most)) * e;
  });
}

Tensor reparameterize_grad(const Tensor& dz, const Tensor& log_variance, const Tensor& epsilon,
                           LogVarianceRange range) {
  expect_like("reparameterize", "gradient", dz, "log variance", log_variance);
  expect_like("reparameterize", "gradient", dz, "epsilon", epsilon);
  expect_range("reparameterize", range);
  return map_three(dz, log_variance, epsilon, range, [](auto d, auto l, auto e, auto least, auto most) {
    const auto half = decltype(l)(0.5);
    return if_inside(l, least, most, d * half * e * math::exp(half * clipped(l, least, most)));
  });
}

Tensor gaussian_kl(const Tensor& mean, const Tensor& log_variance, LogVarianceRange range) {
  expect_like("gaussian_kl", "mean", mean, "log variance", log_variance);
  expect_range("gaussian_kl", range);
  if (mean.rank() < 1)
    throw ShapeError("gaussian_kl: needs an axis of examples, got a scalar; unsqueeze adds one");
  const Tensor means = mean.contiguous(), variances = log_variance.contiguous();
  const double sum = visit_floating("gaussian_kl", mean.dtype(), [&]<class T>() {
    const auto term = [range](T m, T variance) {
      const T l = clipped(variance, static_cast<T>(range.least), static_cast<T>(range.most));
      return m * m + (math::expm1(l) - l);
    };
    return detail::sum_pairs<T>(means.data<T>(), variances.data<T>(), means.size(), term, term, nullptr);
  });
  Tensor out(Shape{}, mean.dtype());
  out.fill(0.5 * sum * (1.0 / example_count("gaussian_kl", mean.shape())));
  return out;
}

Tensor gaussian_kl_grad(const Tensor& dy, const Tensor& log_variance, LogVarianceRange range) {
  const double scale = 0.5 * (1.0 / example_count("gaussian_kl", log_variance.shape())) * dy.item();
  return map("gaussian_kl", log_variance, [scale, range](auto l) {
    using T = decltype(l);
    const T least = static_cast<T>(range.least), most = static_cast<T>(range.most);
    return if_inside(l, least, most, static_cast<T>(scale) * math::expm1(clipped(l, least, most)));
  });
}

}  // namespace hourglass
