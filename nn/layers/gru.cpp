#include <hourglass/autograd/ops/gru.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/gru.h>

namespace hourglass::nn {

GRU::GRU(std::int64_t features, std::int64_t units, const GRUOptions& o)
    : Recurrent("GRU", features, units, 3, o.kernel_initializer, o.recurrent_initializer, o.dtype,
                {o.return_sequences, o.kernel_regularizer, o.recurrent_regularizer}),
      options_(o) {
  if (!o.bias) return;
  const Shape shape = o.reset_after ? Shape{2, 3 * units} : Shape{3 * units};
  bias = Variable::parameter(o.bias_initializer(shape, o.dtype));
}

std::vector<Variable> GRU::states(const Variable& x, const std::vector<Variable>& initial,
                                  bool /*all_parts*/) {
  std::optional<Variable> of_input = bias, of_state;
  if (bias && options_.reset_after) {
    of_input = squeeze(slice(*bias, 0, {0, 1}), 0);
    of_state = squeeze(slice(*bias, 0, {1, 2}), 0);
  }
  const std::optional<Variable> start = initial.empty() ? std::nullopt : std::optional(initial[0]);
  return {
      gru(projected(x, of_input), recurrent_kernel, of_state, start, {.reset_after = options_.reset_after})};
}

}  // namespace hourglass::nn
