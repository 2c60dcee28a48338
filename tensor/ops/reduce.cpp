#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/center.h>
#include <hourglass/tensor/kernels/reduce.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace hourglass {

using detail::Add;
using detail::Larger;
using detail::Smaller;

namespace {

// A contiguous tensor as (outer, n, inner), of which the middle axis goes, and the shape of the result with
// and without the reduced axes.
struct Reduction {
  Reduction(const char* op, const Tensor& x, const Axes& axes);
  Tensor x;
  std::int64_t outer = 1, n = 1, inner = 1;
  Shape kept, reduced;
  [[nodiscard]] const Shape& shape(bool keepdims) const { return keepdims ? kept : reduced; }
  [[nodiscard]] detail::Middle extents() const { return {outer, n, inner}; }
};

Reduction::Reduction(const char* op, const Tensor& input, const Axes& axes)
    : kept(input.shape()), reduced(input.shape()) {
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
    for (int i = gone.empty() ? input.rank() : gone.back() + 1; i < input.rank(); ++i)
      inner *= input.shape(i);
    return;
  }
  std::vector<int> stay;
  std::int64_t results = 1;
  for (int i = 0; i < input.rank(); ++i) {
    if (std::find(gone.begin(), gone.end(), i) != gone.end()) continue;
    stay.push_back(i);
    results *= input.shape(i);
  }
  const auto in_order = [&](std::vector<int> first, const std::vector<int>& then) {
    first.insert(first.end(), then.begin(), then.end());
    return permute(input, first);
  };
  if (x = in_order(gone, stay); x.is_contiguous()) {
    inner = results;
    return;
  }
  outer = results;
  x = in_order(stay, gone).contiguous();
}

// (outer · inner), of type Sum; centers as many.
template <class Fold, class T, class Sum = typename Fold::Sum>
Tensor fold(const Reduction& r, const Sum* centers = nullptr) {
  Tensor out({r.outer * r.inner}, dtype_of<Sum>);
  detail::fold_middle<Fold>(r.x.data<T>(), r.extents(), centers, out.mutable_data<Sum>());
  return out;
}

void expect_elements(const char* op, const Reduction& r, const Tensor& x) {
  if (r.n > 0) return;
  throw ShapeError(
      "{}: shape {} has no elements along the reduced axes, so nothing to choose from; leave empty batches "
      "out",
      op, x.shape());
}

// Σ(x − x̄)² / (n − ddof) in float64, one element for each of the result.
template <class T>
Tensor variances(const Reduction& r, std::int64_t ddof) {
  const Tensor means = fold<Add<T>, T>(r) / static_cast<double>(r.n);
  const Tensor squares = fold<detail::AddSquaredDistances<T>, T>(r, means.data<double>());
  return squares / std::max(static_cast<double>(r.n) - static_cast<double>(ddof), 0.0);
}

template <template <class> class Better>
Tensor best(const char* op, const Tensor& x, const Axes& axes, ReduceOptions options) {
  const Reduction r(op, x, axes);
  expect_elements(op, r, x);
  return visit(x.dtype(),
               [&]<class T>() { return reshape(fold<Better<T>, T>(r), r.shape(options.keepdims)); });
}

template <template <class> class Better>
Tensor index_of_best(const char* op, const Tensor& x, const Axes& axes, ReduceOptions options) {
  const Reduction r(op, x, axes);
  expect_elements(op, r, x);
  Tensor out(r.shape(options.keepdims), int64);
  auto* const to = out.mutable_data<std::int64_t>();
  visit(x.dtype(), [&]<class T>() { detail::index_of_best<Better<T>>(r.x.data<T>(), r.extents(), to); });
  return out;
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, ReduceOptions options) {
  const Reduction r("sum", x, axes);
  return visit(x.dtype(), [&]<class T>() {
    const Tensor total = fold<Add<T>, T>(r);
    return reshape(total.to(is_floating(x.dtype()) ? x.dtype() : int64), r.shape(options.keepdims));
  });
}

Tensor mean(const Tensor& x, const Axes& axes, ReduceOptions options) {
  return visit_floating("mean", x.dtype(), [&]<class T>() {
    const Reduction r("mean", x, axes);
    const Tensor total = fold<Add<T>, T>(r) / static_cast<double>(r.n);
    return reshape(total.to(x.dtype()), r.shape(options.keepdims));
  });
}

Tensor var(const Tensor& x, const Axes& axes, VarOptions options) {
  return visit_floating("var", x.dtype(), [&]<class T>() {
    const Reduction r("var", x, axes);
    return reshape(variances<T>(r, options.ddof).to(x.dtype()), r.shape(options.keepdims));
  });
}

Tensor std(const Tensor& x, const Axes& axes, VarOptions options) {
  return visit_floating("std", x.dtype(), [&]<class T>() {
    const Reduction r("std", x, axes);
    return reshape(sqrt(variances<T>(r, options.ddof)).to(x.dtype()), r.shape(options.keepdims));
  });
}

Tensor center(const Tensor& x, const Axes& axes) {
  return visit_floating("center", x.dtype(), [&]<class T>() {
    const Reduction r("center", x, axes);
    const Tensor means = reshape(fold<Add<T>, T>(r) / static_cast<double>(r.n), r.kept);
    Tensor y(x.shape(), x.dtype());
    const T* const from = x.data<T>();
    const double* const mean = means.data<double>();
    T* const to = y.mutable_data<T>();
    const detail::Walk<2> walk = detail::plan_walk<2>(x.shape(), {&x, &means});
    const auto last = static_cast<std::size_t>(walk.rank - 1);
    const std::int64_t step = walk.strides[0][last], means_step = walk.strides[1][last];
    detail::for_rows(walk, [&](const auto& offsets, std::int64_t at, std::int64_t n) {
      if (means_step == 0) {
        detail::subtract_mean(from + offsets[0], step, mean[offsets[1]], to + at, n);
      } else {
        detail::subtract_means(from + offsets[0], step, mean + offsets[1], means_step, to + at, n);
      }
    });
    return y;
  });
}

Tensor max(const Tensor& x, const Axes& axes, ReduceOptions options) {
  return best<Larger>("max", x, axes, options);
}
Tensor min(const Tensor& x, const Axes& axes, ReduceOptions options) {
  return best<Smaller>("min", x, axes, options);
}

Tensor norm(const Tensor& x, const Axes& axes, ReduceOptions options) {
  return visit_floating("norm", x.dtype(), [&]<class T>() {
    const Reduction r("norm", x, axes);
    const Tensor squares = fold<detail::AddSquares<T>, T>(r);
    return reshape(sqrt(squares).to(x.dtype()), r.shape(options.keepdims));
  });
}

Tensor logsumexp(const Tensor& x, const Axes& axes, ReduceOptions options) {
  return visit_floating("logsumexp", x.dtype(), [&]<class T>() {
    const Reduction r("logsumexp", x, axes);
    const Tensor top = fold<Larger<T>, T>(r).to(float64);
    const Tensor shift =
        where(equal(abs(top), std::numeric_limits<double>::infinity()), zeros_like(top), top);
    const Tensor total = fold<detail::AddExponentials<T>, T>(r, shift.data<double>());
    return reshape((log(total) + shift).to(x.dtype()), r.shape(options.keepdims));
  });
}

Tensor argmax(const Tensor& x) { return index_of_best<Larger>("argmax", x, {}, {}); }
Tensor argmin(const Tensor& x) { return index_of_best<Smaller>("argmin", x, {}, {}); }
Tensor argmax(const Tensor& x, int axis, ReduceOptions options) {
  return index_of_best<Larger>("argmax", x, axis, options);
}
Tensor argmin(const Tensor& x, int axis, ReduceOptions options) {
  return index_of_best<Smaller>("argmin", x, axis, options);
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape && x.dtype() != uint8) return x;
  const int more = x.rank() - shape.rank();
  bool fits = more >= 0;
  Axes axes;
  for (int i = 0; fits && i < x.rank(); ++i) {
    const bool repeated = i < more || shape[i - more] != x.shape(i);
    if (repeated) axes.list.push_back(i);
    fits = i < more || !repeated || shape[i - more] == 1;
  }
  if (!fits) {
    throw ShapeError(
        "sum_to: shape {} does not broadcast to {}; each of its extents, counted from the last, must be 1 or "
        "that of {}",
        shape, x.shape(), x.shape());
  }
  return axes.list.empty() ? x.to(int64) : reshape(sum(x, axes), shape);
}

Tensor cumsum(const Tensor& x, int axis) {
  if (x.rank() == 0 && (axis == 0 || axis == -1)) return reshape(cumsum(reshape(x, {1}), 0), Shape{});
  const Reduction r("cumsum", x.contiguous(), axis);
  return visit(x.dtype(), [&]<class T>() {
    using Result = std::conditional_t<std::is_floating_point_v<T>, T, std::int64_t>;
    Tensor out(x.shape(), dtype_of<Result>);
    if (out.size() == 0) return out;
    detail::cumulative_sums(r.x.data<T>(), r.extents(), out.mutable_data<Result>());
    return out;
  });
}

bool all_finite(const Tensor& x) {
  if (!is_floating(x.dtype())) return true;
  return visit_floating("all_finite", x.dtype(), [&]<class T>() {
    return fold<detail::AddZeroTimes<T>, T>(Reduction("all_finite", x, {})).item() == 0.0;
  });
}

}  // namespace hourglass
