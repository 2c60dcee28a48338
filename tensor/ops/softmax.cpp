#include <hourglass/tensor/kernels/softmax.h>
#include <hourglass/tensor/ops/softmax.h>
#include <hourglass/tensor/views.h>

#include <array>

namespace hourglass {

namespace {

template <class Function>
Tensor along_axis(const char* op, const Tensor& given, int axis) {
  expect_floating(op, given.dtype());
  const bool is_number = given.rank() == 0 && (axis == 0 || axis == -1);
  const Tensor x = (is_number ? reshape(given, {1}) : given).contiguous();
  const int at = normalized_axes(op, x.shape(), std::array{axis}).front();
  Tensor y(given.shape(), given.dtype());
  if (x.size() == 0) return y;
  detail::Middle extents{1, x.shape(at), 1};
  for (int i = 0; i < x.rank(); ++i) {
    if (i != at) (i < at ? extents.outer : extents.inner) *= x.shape(i);
  }
  visit_floating(op, x.dtype(), [&]<class T>() {
    detail::softmax_middle<Function>(x.data<T>(), y.mutable_data<T>(), extents);
  });
  return y;
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) { return along_axis<detail::Softmax>("softmax", x, axis); }
Tensor log_softmax(const Tensor& x, int axis) {
  return along_axis<detail::LogSoftmax>("log_softmax", x, axis);
}

}  // namespace hourglass
