#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/lstm.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/views.h>

namespace hourglass::nn {

LSTM::LSTM(std::int64_t features, std::int64_t units, const LSTMOptions& o)
    : Recurrent("LSTM", features, units, 4, o.kernel_initializer, o.recurrent_initializer, o.dtype,
                {o.return_sequences, o.kernel_regularizer, o.recurrent_regularizer}),
      options_(o) {
  if (!o.bias) return;
  Tensor b = o.bias_initializer({4 * units}, o.dtype);
  if (o.unit_forget_bias && !internal::Unfilled::is_on()) {
    Tensor of_forget_gate = slice(b, 0, {units, 2 * units});
    of_forget_gate.fill(1.0);
  }
  bias = Variable::parameter(b);
}

std::vector<Variable> LSTM::states(const Variable& x, const std::vector<Variable>& initial, bool all_parts) {
  if (initial.empty() && !all_parts) return {lstm(x, kernel, recurrent_kernel, bias)};
  const Variable none = broadcast_to(Variable(zeros({1, units()}, kernel.dtype())), {x.shape(1), units()});
  const Variable& h = initial.empty() ? none : initial[0];
  const Variable& c = initial.empty() ? none : initial[1];
  return split(lstm_from(projected(x, bias), recurrent_kernel, h, c), 2, 2);
}

}  // namespace hourglass::nn
