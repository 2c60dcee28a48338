#include <hourglass/autoencoders/jacobian.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

Variable squared_jacobian_norm(FunctionRef<Variable(const Variable&)> f, const Variable& x,
                               const JacobianOptions& options) {
  if (options.probes < 1)
    throw DataError("squared_jacobian_norm: needs at least one probe, got {}; 1 is usual", options.probes);
  if (x.size() == 0)
    throw DataError("squared_jacobian_norm: there is no example in {}; give one at least", x.shape());
  const EnableGrad recording;
  const Variable at = x.requires_grad() ? x : Variable::parameter(x.value());
  const Variable h = f(at);
  const std::int64_t outputs = h.size() / h.shape(0);
  const bool exact = outputs <= options.exact_up_to;
  const std::int64_t rows = exact ? outputs : options.probes;
  Variable sum_of_squares(zeros({}, h.dtype()));
  for (std::int64_t j = 0; j < rows; ++j) {
    const Tensor v = exact
                         ? (arange(0.0, static_cast<double>(outputs)) == static_cast<double>(j)).to(h.dtype())
                         : 2.0 * bernoulli({h.shape(0), outputs}, 0.5, default_generator(), h.dtype()) - 1.0;
    const Tensor dy = reshape(broadcast_to(v, {h.shape(0), outputs}), h.shape());
    sum_of_squares += sum(square(grad(h, at, {.create_graph = true, .output_gradients = {dy}})));
  }
  return sum_of_squares / static_cast<double>(h.shape(0) * (exact ? 1 : rows));
}

}  // namespace hourglass::autoencoders
