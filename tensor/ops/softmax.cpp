#include <hourglass/tensor/kernels/softmax.h>
#include <hourglass/tensor/ops/softmax.h>
#include <hourglass/tensor/views.h>

#include <array>

namespace hourglass {

namespace {

// Along the last axis of a contiguous tensor.
template <class Function>
Tensor along_last_axis(const Tensor& x) {
  return visit_floating("softmax", x.dtype(), [&]<class T>() {
    Tensor y(x.shape(), x.dtype());
    if (x.size() == 0) return y;
    const std::int64_t n = x.rank() == 0 ? 1 : x.shape(-1);
    detail::softmax_rows<Function>(x.data<T>(), y.mutable_data<T>(), x.size() / n, n);
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

Tensor softmax(const Tensor& x, int axis) { return along_axis<detail::Softmax>("softmax", x, axis); }
Tensor log_softmax(const Tensor& x, int axis) {
  return along_axis<detail::LogSoftmax>("log_softmax", x, axis);
}

}  // namespace hourglass
