#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/lstm.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/lstm.h>

namespace hourglass {

namespace {

detail::LstmExtents check(const Tensor& z, const Tensor& u) {
  detail::expect_same_type("lstm", z, u);
  if (z.rank() != 3 || u.rank() != 2 || u.shape(1) % 4 != 0 || u.shape(1) / 4 != u.shape(0) ||
      z.shape(2) != u.shape(1)) {
    throw ShapeError(
        "lstm: needs z (T, N, 4 units) and u (units, 4 units), got shapes {} and {}; time is the first axis, "
        "which permute can make so",
        z.shape(), u.shape());
  }
  return {z.shape(0), z.shape(1), u.shape(0)};
}

}  // namespace

LstmStates lstm(Tensor z, const Tensor& u) {
  const detail::LstmExtents n = check(z, u);
  const Shape shape{n.steps, n.rows, n.units};
  if (!z.is_contiguous() || !z.storage().is_unique()) z = z.clone();
  const Tensor recurrent = u.contiguous();
  LstmStates out{Tensor(shape, u.dtype()), Tensor(shape, u.dtype()), std::move(z)};
  visit_floating("lstm", u.dtype(), [&]<class T>() {
    detail::lstm_forward<T>(n, recurrent.data<T>(), out.gates.mutable_data<T>(), out.c.mutable_data<T>(),
                            out.h.mutable_data<T>());
  });
  return out;
}

Tensor lstm_grad(const Tensor& gradient, const Tensor& u, const Tensor& c, const Tensor& gates) {
  const detail::LstmExtents n = check(gates, u);
  for (const Tensor* x : {&gradient, &c}) {
    detail::expect_same_type("lstm_grad", *x, u);
    if (x->shape() != Shape{n.steps, n.rows, n.units}) {
      throw ShapeError(
          "lstm_grad: needs dh and c of shape {}, got {} and {}; give what the forward pass gave",
          Shape{n.steps, n.rows, n.units}, gradient.shape(), c.shape());
    }
  }
  const Tensor dh = gradient.contiguous(), recurrent = u.contiguous(), states = c.contiguous(),
               opened = gates.contiguous();
  Tensor dz(gates.shape(), u.dtype());
  visit_floating("lstm", u.dtype(), [&]<class T>() {
    detail::lstm_backward<T>(n, dh.data<T>(), recurrent.data<T>(), states.data<T>(), opened.data<T>(),
                             dz.mutable_data<T>());
  });
  return dz;
}

}  // namespace hourglass
