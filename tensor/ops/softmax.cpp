#include <hourglass/tensor/kernels/reduce_kernels.h>
#include <hourglass/tensor/ops/softmax.h>
#include <hourglass/tensor/views.h>

namespace hourglass {

namespace {

struct Softmax {
  template <class T>
  HOURGLASS_CLONES static void row(const T* x, T* y, std::int64_t n) {
    const T top = detail::fold_lanes<detail::Larger<T>>(x, n);
    for (std::int64_t i = 0; i < n; ++i) y[i] = math::exp(x[i] - top);
    const T total = static_cast<T>(detail::fold_lanes<detail::Add<T>>(y, n));
    for (std::int64_t i = 0; i < n; ++i) y[i] /= total;
  }
};

struct LogSoftmax {
  template <class T>
  HOURGLASS_CLONES static void row(const T* x, T* y, std::int64_t n) {
    const T top = detail::fold_lanes<detail::Larger<T>>(x, n);
    for (std::int64_t i = 0; i < n; ++i) y[i] = math::exp(x[i] - top);
    const T log_total = static_cast<T>(std::log(detail::fold_lanes<detail::Add<T>>(y, n)));
    for (std::int64_t i = 0; i < n; ++i) y[i] = (x[i] - top) - log_total;
  }
};

// Applies `row` along the last axis of a contiguous tensor.
template <class Function>
Tensor along_last_axis(const Tensor& x) {
  return visit_floating("softmax", x.dtype(), [&]<class T>() {
    Tensor y(x.shape(), x.dtype());
    if (x.size() == 0) return y;
    const std::int64_t n = x.rank() == 0 ? 1 : x.shape(-1);
    const T* const from = x.data<T>();
    T* const to = y.mutable_data<T>();
    parallel_ranges(x.size() / n, std::max<std::int64_t>(1, detail::kGrain / 4 / n),
                    [&](std::int64_t a, std::int64_t b) {
                      for (std::int64_t i = a; i < b; ++i) Function::row(from + i * n, to + i * n, n);
                    });
    return y;
  });
}

template <class Function>
Tensor along_axis(const char* op, const Tensor& x, int axis) {
  expect_floating(op, x.dtype());
  if (x.rank() == 0 && (axis == 0 || axis == -1)) return along_last_axis<Function>(x);
  const int at = normalized_axes(op, x.shape(), std::array{axis}).front();
  if (at == x.rank() - 1) return along_last_axis<Function>(x.contiguous());
  return transpose(along_last_axis<Function>(transpose(x, at, -1).contiguous()), at, -1).contiguous();
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) { return along_axis<Softmax>("softmax", x, axis); }
Tensor log_softmax(const Tensor& x, int axis) { return along_axis<LogSoftmax>("log_softmax", x, axis); }

}  // namespace hourglass
