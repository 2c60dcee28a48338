#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/gru.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/gru.h>

#include <optional>

namespace hourglass {

namespace {

detail::GruExtents check(const Tensor& a, const Tensor& u, GruOptions options) {
  detail::expect_same_type("gru", a, u);
  if (a.rank() != 3 || u.rank() != 2 || u.shape(1) % 3 != 0 || u.shape(1) / 3 != u.shape(0) ||
      a.shape(2) != u.shape(1)) {
    throw ShapeError(
        "gru: needs a (T, N, 3 units) and u (units, 3 units), got shapes {} and {}; time is the first axis, "
        "which permute can make so",
        a.shape(), u.shape());
  }
  return {a.shape(0), a.shape(1), u.shape(0), options.reset_after};
}

// Contiguous, of the shape and type that are wanted; none for null.
std::optional<Tensor> checked(const char* what, const Tensor* x, const Shape& shape, const Tensor& u) {
  if (!x) return std::nullopt;
  detail::expect_same_type("gru", *x, u);
  if (x->shape() != shape)
    throw ShapeError("gru: needs {} of shape {}, got {}; u says how many units there are", what, shape,
                     x->shape());
  return x->contiguous();
}

template <class T>
const T* data(const std::optional<Tensor>& x) {
  return x ? x->data<T>() : nullptr;
}

}  // namespace

GruStates gru(Tensor a, const Tensor& u, const Tensor* b, const Tensor* start, GruOptions options) {
  const detail::GruExtents n = check(a, u, options);
  if (b && !options.reset_after)
    throw DataError("gru: a bias of h U is one of reset_after alone; add it to a");
  const std::optional<Tensor> bias = checked("b", b, {3 * n.units}, u),
                              first = checked("the start", start, {n.rows, n.units}, u);
  if (!a.is_contiguous() || !a.storage().is_unique()) a = a.clone();
  const Tensor recurrent = u.contiguous();
  const Shape shape{n.steps, n.rows, n.units};
  GruStates out{Tensor(shape, u.dtype()), std::move(a),
                Tensor(options.reset_after ? shape : Shape{0}, u.dtype())};
  visit_floating("gru", u.dtype(), [&]<class T>() {
    detail::gru_forward<T>(n, recurrent.data<T>(), data<T>(bias), data<T>(first), out.gates.mutable_data<T>(),
                           out.h.mutable_data<T>(), out.m.mutable_data<T>());
  });
  return out;
}

GruGradients gru_gradients(const Tensor& gradient, const Tensor& u, const GruStates& states,
                           const Tensor* start, GruOptions options) {
  const detail::GruExtents n = check(states.gates, u, options);
  const Shape shape{n.steps, n.rows, n.units};
  const std::optional<Tensor> dh = checked("dh", &gradient, shape, u), h = checked("h", &states.h, shape, u),
                              first = checked("the start", start, {n.rows, n.units}, u),
                              m = checked("m", options.reset_after ? &states.m : nullptr, shape, u);
  const Tensor recurrent = u.contiguous(), gates = states.gates.contiguous();
  GruGradients out{Tensor(gates.shape(), u.dtype()),
                   Tensor(options.reset_after ? gates.shape() : Shape{0}, u.dtype()),
                   Tensor({n.rows, n.units}, u.dtype())};
  visit_floating("gru", u.dtype(), [&]<class T>() {
    detail::gru_backward<T>(n, dh->data<T>(), recurrent.data<T>(), data<T>(first), gates.data<T>(),
                            h->data<T>(), data<T>(m), out.a.mutable_data<T>(), out.m.mutable_data<T>(),
                            out.h.mutable_data<T>());
  });
  return out;
}

}  // namespace hourglass
