#include <hourglass/autograd/ops/lstm.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

LSTM::LSTM(std::int64_t features, std::int64_t units, const LSTMOptions& o) : options_(o) {
  if (features < 1 || units < 1)
    throw ShapeError(
        "LSTM: needs at least one feature and one unit, got {} -> {}; the arguments are (features, units)",
        features, units);
  const std::int64_t columns = checked_product("LSTM", 4, units);
  kernel = Variable::parameter(o.kernel_initializer({features, columns}, o.dtype));
  recurrent_kernel = Variable::parameter(o.recurrent_initializer({units, columns}, o.dtype));
  if (!o.bias) return;
  Tensor b = o.bias_initializer({columns}, o.dtype);
  if (o.unit_forget_bias && !internal::Unfilled::is_on()) {
    Tensor of_forget_gate = slice(b, 0, {units, 2 * units});
    of_forget_gate.fill(1.0);
  }
  bias = Variable::parameter(b);
}

LSTM::Config LSTM::config() const {
  LSTMOptions options = options_;
  options.bias = bias.has_value();
  options.dtype = kernel.dtype();
  return {kernel.shape(0), recurrent_kernel.shape(0), options};
}

Variable LSTM::forward(const Variable& x) {
  const std::int64_t features = kernel.shape(0);
  if (x.rank() != 3 || x.shape(2) != features) {
    throw ShapeError("{} expects sequences (N, T, {}), got an input of shape {}{}", describe(), features,
                     x.shape(), x.rank() == 2 ? "; Reshape makes steps of its features" : "");
  }
  if (x.dtype() != kernel.dtype()) {
    throw DTypeError("{}: the kernel is {}, but the input {} is {}; convert it with x.to(hg::{})", describe(),
                     name(kernel.dtype()), x.shape(), name(x.dtype()), name(kernel.dtype()));
  }
  if (x.shape(1) == 0 && !options_.return_sequences)
    throw ShapeError(
        "{}: the input {} has no step, so there is no last state; leave such batches out, or ask for "
        "{.return_sequences = true}",
        describe(), x.shape());
  const Variable h = lstm(transpose(x, 0, 1), kernel, recurrent_kernel, bias);
  return options_.return_sequences ? transpose(h, 0, 1) : squeeze(slice(h, 0, {-1, std::nullopt}), 0);
}

std::string LSTM::details() const {
  return std::to_string(kernel.shape(0)) + " -> " + std::to_string(recurrent_kernel.shape(0)) +
         (options_.return_sequences ? ", sequences" : "");
}

}  // namespace hourglass::nn
