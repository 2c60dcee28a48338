#include <hourglass/tensor/elementwise.h>
#include <hourglass/tensor/factory.h>
#include <hourglass/tensor/join.h>
#include <hourglass/tensor/reduce.h>
#include <hourglass/tensor/reduce_kernels.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace hourglass {

using detail::Reduction;

Reduction::Reduction(const char* op, const Tensor& input, const Axes& axes) : kept(input.shape()), reduced(input.shape()) {
  std::vector<int> gone = normalized_axes(op, input.shape(), axes.list);
  if (axes.list.empty()) {
    gone.resize(static_cast<std::size_t>(input.rank()));
    std::iota(gone.begin(), gone.end(), 0);
  }
  std::sort(gone.begin(), gone.end());
  for (auto axis = gone.rbegin(); axis != gone.rend(); ++axis) {
    n *= input.shape(*axis);
    kept = kept.with(*axis, 1);
    reduced = reduced.without(*axis);
  }
  const bool together = gone.empty() || gone.back() - gone.front() + 1 == static_cast<int>(gone.size());
  if (together && input.is_contiguous()) {
    x = input;
    for (int i = 0; i < (gone.empty() ? input.rank() : gone.front()); ++i) outer *= input.shape(i);
    for (int i = gone.empty() ? input.rank() : gone.back() + 1; i < input.rank(); ++i) inner *= input.shape(i);
    return;
  }
  std::vector<int> order;
  for (int i = 0; i < input.rank(); ++i) {
    if (std::find(gone.begin(), gone.end(), i) == gone.end()) {
      order.push_back(i);
      outer *= input.shape(i);
    }
  }
  order.insert(order.end(), gone.begin(), gone.end());
  x = permute(input, order).contiguous();
}

namespace {

template <class T>
struct Add {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
  static Sum start() { return 0; }
  static Sum step(Sum sum, T x) { return merge(sum, static_cast<Sum>(x)); }
  static Sum merge(Sum a, Sum b) {
    if constexpr (std::is_integral_v<Sum>) {  // wraps around, as add does
      return static_cast<Sum>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    } else {
      return a + b;
    }
  }
};

template <class T>
struct Larger {
  using Sum = T;
  static T start() { return std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest(); }
  static T step(T a, T b) { return a > b || a != a ? a : b; }
  static T merge(T a, T b) { return step(a, b); }
};

template <class T>
struct Smaller {
  using Sum = T;
  static T start() { return std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max(); }
  static T step(T a, T b) { return a < b || a != a ? a : b; }
  static T merge(T a, T b) { return step(a, b); }
};

void expect_elements(const char* op, const Reduction& r, const Tensor& x) {
  if (r.n > 0) return;
  throw ShapeError("{}: shape {} has no elements along the reduced axes, so nothing to choose from", op, x.shape());
}

double count_of(const Tensor& x, const Axes& axes) { return static_cast<double>(Reduction("mean", x, axes).n); }

template <template <class> class Better>
Tensor best(const char* op, const Tensor& x, const Axes& axes, ReduceOptions options) {
  const Reduction r(op, x, axes);
  expect_elements(op, r, x);
  return visit(x.dtype(), [&]<class T>() { return reshape(detail::fold<Better<T>, T>(r), r.shape(options.keepdims)); });
}

template <template <class> class Better>
Tensor index_of_best(const char* op, const Tensor& x, const Axes& axes, ReduceOptions options) {
  const Reduction r(op, x, axes);
  expect_elements(op, r, x);
  Tensor out(r.shape(options.keepdims), int64);
  std::int64_t* const to = out.mutable_data<std::int64_t>();
  visit(x.dtype(), [&]<class T>() {
    const T* const from = r.x.data<T>();
    const std::int64_t grain = std::max<std::int64_t>(1, detail::kGrain / r.n);
    parallel_ranges(r.outer * r.inner, grain, [&](std::int64_t a, std::int64_t b) {
      for (std::int64_t i = a; i < b; ++i) {
        const T* const first = from + i / r.inner * r.n * r.inner + i % r.inner;
        std::int64_t at = 0;
        for (std::int64_t k = 1; k < r.n; ++k) {
          const T now = first[at * r.inner], next = first[k * r.inner];
          if (now == now && (next != next || (next != now && Better<T>::step(now, next) == next))) at = k;
        }
        to[i] = at;
      }
    });
  });
  return out;
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, ReduceOptions options) {
  const Reduction r("sum", x, axes);
  return visit(x.dtype(), [&]<class T>() {
    const Tensor total = detail::fold<Add<T>, T>(r);
    return reshape(total.to(is_floating(x.dtype()) ? x.dtype() : int64), r.shape(options.keepdims));
  });
}

Tensor mean(const Tensor& x, const Axes& axes, ReduceOptions options) {
  const Reduction r("mean", x, axes);
  return visit_floating("mean", x.dtype(), [&]<class T>() {
    const Tensor total = detail::fold<Add<T>, T>(r) / static_cast<double>(r.n);
    return reshape(total.to(x.dtype()), r.shape(options.keepdims));
  });
}

Tensor var(const Tensor& x, const Axes& axes, VarOptions options) {
  expect_floating("var", x.dtype());
  const Tensor squares = sum(square(x - mean(x, axes, {.keepdims = true})), axes, {.keepdims = options.keepdims});
  return squares / std::max(count_of(x, axes) - static_cast<double>(options.ddof), 0.0);
}

Tensor std(const Tensor& x, const Axes& axes, VarOptions options) { return sqrt(var(x, axes, options)); }

Tensor max(const Tensor& x, const Axes& axes, ReduceOptions options) { return best<Larger>("max", x, axes, options); }
Tensor min(const Tensor& x, const Axes& axes, ReduceOptions options) { return best<Smaller>("min", x, axes, options); }

Tensor norm(const Tensor& x, const Axes& axes, ReduceOptions options) {
  expect_floating("norm", x.dtype());
  return sqrt(sum(square(x), axes, options));
}

Tensor logsumexp(const Tensor& x, const Axes& axes, ReduceOptions options) {
  expect_floating("logsumexp", x.dtype());
  const Tensor top = max(x, axes, {.keepdims = true});
  const Tensor shift = where(equal(abs(top), std::numeric_limits<double>::infinity()), zeros_like(top), top);
  const Tensor y = log(sum(exp(x - shift), axes, {.keepdims = true})) + shift;
  return reshape(y, Reduction("logsumexp", x, axes).shape(options.keepdims));
}

Tensor argmax(const Tensor& x) { return index_of_best<Larger>("argmax", x, {}, {}); }
Tensor argmin(const Tensor& x) { return index_of_best<Smaller>("argmin", x, {}, {}); }
Tensor argmax(const Tensor& x, int axis, ReduceOptions options) { return index_of_best<Larger>("argmax", x, axis, options); }
Tensor argmin(const Tensor& x, int axis, ReduceOptions options) { return index_of_best<Smaller>("argmin", x, axis, options); }

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Axes axes;
  for (int i = 0; i < x.rank(); ++i) {
    const int own = i - (x.rank() - shape.rank());
    if (own >= 0 && shape[own] != x.shape(i) && shape[own] != 1) {
      throw ShapeError("sum_to: shape {} is not what {} broadcasts to", x.shape(), shape);
    }
    if (own < 0 || shape[own] != x.shape(i)) axes.list.push_back(i);
  }
  if (shape.rank() > x.rank()) throw ShapeError("sum_to: shape {} is not what {} broadcasts to", x.shape(), shape);
  return reshape(sum(x, axes), shape);
}

Tensor cumsum(const Tensor& x, int axis) {
  const Reduction r("cumsum", x.contiguous(), x.shape().axis_index(axis));
  return visit(x.dtype(), [&]<class T>() {
    using Sum = typename Add<T>::Sum;
    using Result = std::conditional_t<std::is_floating_point_v<T>, T, std::int64_t>;
    Tensor out(x.shape(), dtype_of<Result>);
    const T* const from = r.x.data<T>();
    Result* const to = out.mutable_data<Result>();
    const std::int64_t grain = std::max<std::int64_t>(1, detail::kGrain / std::max<std::int64_t>(r.n, 1));
    parallel_ranges(r.outer * r.inner, grain, [&](std::int64_t a, std::int64_t b) {
      for (std::int64_t i = a; i < b; ++i) {
        const std::int64_t first = i / r.inner * r.n * r.inner + i % r.inner;
        Sum total = Add<T>::start();
        for (std::int64_t k = 0; k < r.n; ++k) {
          total = Add<T>::step(total, from[first + k * r.inner]);
          to[first + k * r.inner] = static_cast<Result>(total);
        }
      }
    });
    return out;
  });
}

namespace {

// 0 · x is 0 for a finite x and nan otherwise.
template <class T>
struct Finite {
  using Sum = T;
  static T start() { return 0; }
  static T step(T sum, T x) { return sum + x * 0; }
  static T merge(T a, T b) { return a + b; }
};

}  // namespace

bool all_finite(const Tensor& x) {
  if (!is_floating(x.dtype())) return true;
  return visit_floating("all_finite", x.dtype(), [&]<class T>() {
    return detail::fold<Finite<T>, T>(Reduction("all_finite", x, {})).item() == 0.0;
  });
}

}  // namespace hourglass
