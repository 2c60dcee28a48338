#include <hourglass/autograd/fast/lstm.h>
#include <hourglass/autograd/fast/spend.h>
#include <hourglass/autograd/fast/states.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass::fast {

namespace {

// dW = Σ_t x_tᵀ dz_t; one product where all x_t are the same.
Tensor kernel_gradient(const Tensor& x, const Tensor& dz, bool repeated) {
  if (repeated) return matmul(transpose(squeeze(slice(x, 0, {0, 1}), 0)), sum(dz, 0));
  return matmul(transpose(as_rows(x)), as_rows(dz));
}

// dU = Σ_t h_{t−1}ᵀ dz_t
Tensor recurrent_gradient(const Tensor& h, const Tensor& dz) {
  const std::int64_t steps = h.shape(0);
  const Tensor before = slice(h, 0, {0, std::max<std::int64_t>(steps - 1, 0)}),
               after = slice(dz, 0, {std::min<std::int64_t>(steps, 1), steps});
  return matmul(transpose(as_rows(before)), as_rows(after));
}

}  // namespace

FastPath lstm(const Variable& x, const Variable& w, const Variable& u, const LstmStates& states,
              bool repeated) {
  return [x = kept_if(w.requires_grad(), x), w = kept_if(x.requires_grad(), w), u, c = states.c,
          gates = states.gates, repeated](const Variable& dh, const Variable& h, Wanted wanted) {
    const Tensor dz = lstm_grad(dh.value(), u.value(), c, gates);
    Gradients d;
    if (wanted[0]) {
      const Tensor rows = matmul(as_rows(dz), transpose(w->value()));
      d[0] = reshape(rows, {dz.shape(0), dz.shape(1), rows.shape(1)});
    }
    if (wanted[1]) d[1] = kernel_gradient(x->value(), dz, repeated);
    if (wanted[2]) d[2] = recurrent_gradient(h.value(), dz);
    if (wanted[3]) d[3] = sum(dz, {0, 1});
    return d;
  };
}

FastPath lstm_from(const Variable& u, const Variable& h, const Variable& c, const LstmStates& states) {
  return [u, h, c, states](const Variable& dy, const Variable& /*y*/, Wanted wanted) {
    const std::int64_t units = u.shape(0);
    const LstmStart start{h.value(), c.value()};
    LstmGradients of = lstm_gradients(slice(dy.value(), 2, {0, units}),
                                      slice(dy.value(), 2, {units, 2 * units}), u.value(), states, start);
    Gradients d;
    if (wanted[1]) d[1] = matmul(transpose(as_rows(states_before(states.h, &start.h))), as_rows(of.z));
    if (wanted[0]) d[0] = std::move(of.z);
    if (wanted[2]) d[2] = std::move(of.h);
    if (wanted[3]) d[3] = std::move(of.c);
    return d;
  };
}

}  // namespace hourglass::fast
