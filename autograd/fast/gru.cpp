#include <hourglass/autograd/fast/gru.h>
#include <hourglass/autograd/fast/states.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

namespace hourglass::fast {

namespace {

// dU = Σ_t h_{t−1}ᵀ dm_t; its last third without reset_after: Σ_t (r h_{t−1})ᵀ dn_t
Tensor recurrent_gradient(const Tensor& before, const Tensor& gates, const GruGradients& d, bool after) {
  if (after) return matmul(transpose(as_rows(before)), as_rows(d.m));
  const std::int64_t units = before.shape(2);
  const Tensor r = slice(gates, 2, {units, 2 * units}), of_gates = slice(d.a, 2, {0, 2 * units}),
               dn = slice(d.a, 2, {2 * units, 3 * units});
  return concat({matmul(transpose(as_rows(before)), as_rows(of_gates)),
                 matmul(transpose(as_rows(r * before)), as_rows(dn))},
                1);
}

}  // namespace

FastPath gru(const Variable& u, const std::optional<Variable>& start, bool has_b, const GruStates& states,
             GruOptions options) {
  return [u, start, has_b, gates = states.gates, m = states.m, options](const Variable& dh, const Variable& h,
                                                                        Wanted wanted) {
    const Tensor* const first = start ? &start->value() : nullptr;
    GruGradients of = gru_gradients(dh.value(), u.value(), {h.value(), gates, m}, first, options);
    Gradients d;
    if (wanted[1]) d[1] = recurrent_gradient(states_before(h.value(), first), gates, of, options.reset_after);
    if (has_b && wanted[2]) d[2] = sum(of.m, {0, 1});
    const std::size_t at_start = has_b ? 3 : 2;
    if (start && wanted[at_start]) d[at_start] = std::move(of.h);
    if (wanted[0]) d[0] = std::move(of.a);
    return d;
  };
}

}  // namespace hourglass::fast
