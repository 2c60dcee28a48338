#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/base/function.h>

namespace hourglass::autoencoders {

struct JacobianOptions {
  std::int64_t exact_up_to = 32;  // outputs: so many rows are computed one by one; more are estimated
  std::int64_t probes = 1;        // of an estimate
};
template <class V>
void visit(JacobianOptions& o, V&& v) {
  v("exact_up_to", o.exact_up_to), v("probes", o.probes);
}

/// The squared Frobenius norm of the Jacobian of h = f(x) of each example, the mean over the examples:
///
///     1/N Σ_n Σ_ij (∂h_nj / ∂x_ni)²,
///
/// which can be differentiated again. Of many outputs it is estimated, without bias, as E ‖vᵀJ‖² over v of ±1
/// (Hutchinson 1990), v from the default generator.    f: (N, …) -> (N, …), each example by itself; -> ()
/// Throws DataError for no example or unless there is a probe at least.
[[nodiscard]] Variable squared_jacobian_norm(FunctionRef<Variable(const Variable&)> f, const Variable& x,
                                             const JacobianOptions& options = {});

}  // namespace hourglass::autoencoders
