#include <hourglass/tensor/loss.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/vector_math.h>

#include <numeric>
#include <vector>

namespace hourglass {

namespace {

constexpr std::int64_t kLanes = 16;

// Σ f(a[i], b[i]) in float64, over kLanes sums side by side.
template <class T, class F>
HOURGLASS_CLONES double sum_row(const T* a, const T* b, std::int64_t n, F f) {
  std::array<double, kLanes> sums{};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) {
      sums[static_cast<std::size_t>(l)] += static_cast<double>(f(a[i + l], b[i + l]));
    }
  }
  for (; i < n; ++i) sums[0] += static_cast<double>(f(a[i], b[i]));
  double sum = 0;
  for (const double s : sums) sum += s;
  return sum;
}

template <class F>
double sum_over(const Tensor& p, const Tensor& t, F f) {
  const Tensor a = p.contiguous(), b = t.contiguous();
  return visit_floating("loss", a.dtype(), [&]<class T>() {
    const std::int64_t n = a.size(), pieces = (n + detail::kGrain - 1) / detail::kGrain;
    constexpr std::size_t kFew = 64;
    std::array<double, kFew> few{};
    std::vector<double> many(pieces > static_cast<std::int64_t>(kFew) ? static_cast<std::size_t>(pieces) : 0);
    double* const partial = many.empty() ? few.data() : many.data();
    const T* const pa = a.data<T>();
    const T* const pb = b.data<T>();
    parallel_for(pieces, [&](std::int64_t i) {
      const std::int64_t begin = i * detail::kGrain;
      partial[i] = sum_row(pa + begin, pb + begin, std::min(detail::kGrain, n - begin), f);
    });
    return std::accumulate(partial, partial + pieces, 0.0);
  });
}

Tensor scalar(double value, DType dtype) {
  Tensor out(Shape{}, dtype);
  out.fill(value);
  return out;
}

double one_over(const Tensor& x) { return 1.0 / static_cast<double>(x.size()); }

}  // namespace

void expect_same_form(const char* op, const Tensor& prediction, const Tensor& target) {
  if (!(prediction.shape() == target.shape())) {
    throw ShapeError("{}: prediction {} and target {} must have the same shape; a loss broadcasts nothing",
                     op, prediction.shape(), target.shape());
  }
  detail::expect_same_type(op, prediction, target);
  expect_floating(op, prediction.dtype());
}

void expect_unit_interval(const char* op, const Tensor& t) {
  const double outside =
      sum_over(t, t, [](auto v, auto) { return static_cast<decltype(v)>(!(v >= 0 && v <= 1)); });
  if (outside == 0.0) return;
  throw DataError("{}: targets must be in [0, 1], but {} of {} are not; scale images by 1/255", op,
                  static_cast<std::int64_t>(outside), t.size());
}

Tensor mse(const Tensor& p, const Tensor& t) {
  expect_same_form("mean_squared_error", p, t);
  const double sum = sum_over(p, t, [](auto a, auto b) { return (a - b) * (a - b); });
  return scalar(sum * one_over(p), p.dtype());
}

Tensor mse_grad(const Tensor& dy, const Tensor& p, const Tensor& t) {
  const double scale = 2.0 * one_over(p) * dy.item();
  return detail::map("mean_squared_error", p, t,
                     [scale](auto a, auto b) { return static_cast<decltype(a)>(scale) * (a - b); });
}

Tensor bce_with_logits(const Tensor& x, const Tensor& t) {
  expect_same_form("binary_crossentropy", x, t);
  const double sum = sum_over(x, t, [](auto v, auto target) { return math::softplus(v) - target * v; });
  return scalar(sum * one_over(x), x.dtype());
}

Tensor bce_with_logits_grad(const Tensor& dy, const Tensor& x, const Tensor& t) {
  const double scale = one_over(x) * dy.item();
  return detail::map("binary_crossentropy", x, t, [scale](auto v, auto target) {
    return static_cast<decltype(v)>(scale) * (math::sigmoid(v) - target);
  });
}

}  // namespace hourglass
