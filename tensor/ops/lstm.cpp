#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/lstm.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/lstm.h>
#include <hourglass/tensor/views.h>

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

// Contiguous, of the shape and type that are wanted.
Tensor checked(const char* op, const Tensor& x, const Shape& shape, const Tensor& u) {
  detail::expect_same_type(op, x, u);
  if (x.shape() != shape) {
    throw ShapeError("{}: needs a tensor of shape {}, got {}; give what the forward pass had or gave", op,
                     shape, x.shape());
  }
  return x.contiguous();
}

}  // namespace

LstmStates lstm(Tensor z, const Tensor& u, const LstmStart* start) {
  const detail::LstmExtents n = check(z, u);
  const Shape shape{n.steps, n.rows, n.units}, one{n.rows, n.units};
  const Tensor h = start ? checked("lstm", start->h, one, u) : Tensor(),
               c = start ? checked("lstm", start->c, one, u) : Tensor();
  if (!z.is_contiguous() || !z.storage().is_unique()) z = z.clone();
  const Tensor recurrent = u.contiguous();
  LstmStates out{Tensor(shape, u.dtype()), Tensor(shape, u.dtype()), std::move(z)};
  visit_floating("lstm", u.dtype(), [&]<class T>() {
    const auto before = start ? detail::LstmStart<T>{h.data<T>(), c.data<T>()} : detail::LstmStart<T>{};
    detail::lstm_forward<T>(n, recurrent.data<T>(), out.gates.mutable_data<T>(), out.c.mutable_data<T>(),
                            out.h.mutable_data<T>(), before);
  });
  return out;
}

Tensor lstm_grad(const Tensor& gradient, const Tensor& u, const Tensor& c, const Tensor& gates) {
  const detail::LstmExtents n = check(gates, u);
  const Shape shape{n.steps, n.rows, n.units};
  const Tensor dh = checked("lstm_grad", gradient, shape, u), states = checked("lstm_grad", c, shape, u),
               recurrent = u.contiguous(), opened = gates.contiguous();
  Tensor dz(gates.shape(), u.dtype());
  visit_floating("lstm", u.dtype(), [&]<class T>() {
    detail::lstm_backward<T>(n, dh.data<T>(), nullptr, recurrent.data<T>(), states.data<T>(),
                             opened.data<T>(), dz.mutable_data<T>());
  });
  return dz;
}

LstmGradients lstm_gradients(const Tensor& of_h, const Tensor& of_c, const Tensor& u,
                             const LstmStates& states, const LstmStart& start) {
  const char* const op = "lstm_gradients";
  const detail::LstmExtents n = check(states.gates, u);
  const Shape shape{n.steps, n.rows, n.units}, one{n.rows, n.units};
  const Tensor dh = checked(op, of_h, shape, u), dc = checked(op, of_c, shape, u),
               c = checked(op, states.c, shape, u), h_before = checked(op, start.h, one, u),
               c_before = checked(op, start.c, one, u), recurrent = u.contiguous(),
               gates = states.gates.contiguous();
  LstmGradients out{Tensor(gates.shape(), u.dtype()), Tensor(), Tensor(one, u.dtype())};
  visit_floating(op, u.dtype(), [&]<class T>() {
    detail::lstm_backward<T>(n, dh.data<T>(), dc.data<T>(), recurrent.data<T>(), c.data<T>(), gates.data<T>(),
                             out.z.mutable_data<T>(), {h_before.data<T>(), c_before.data<T>()},
                             out.c.mutable_data<T>());
  });
  out.h = n.steps > 0 ? matmul(out.z[0], transpose(u)) : zeros(one, u.dtype());
  return out;
}

}  // namespace hourglass
