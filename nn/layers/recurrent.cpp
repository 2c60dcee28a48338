#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/steps.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/bidirectional.h>
#include <hourglass/nn/layers/recurrent.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

namespace {

// The last step of each sequence.    x (T, N, units) -> (N, units)
Variable last_steps(const Variable& x, const std::optional<Tensor>& lengths) {
  if (!lengths) return squeeze(slice(x, 0, {-1, std::nullopt}), 0);
  const std::int64_t n = x.shape(1);
  const Tensor each = lengths->contiguous();
  Tensor rows({n}, int64);
  for (std::int64_t i = 0; i < n; ++i)
    rows.mutable_data<std::int64_t>()[i] = (each.data<std::int64_t>()[i] - 1) * n + i;
  return take(reshape(x, {x.shape(0) * n, x.shape(2)}), rows);
}

}  // namespace

Recurrent::Recurrent(const char* layer, std::int64_t features, std::int64_t units, std::int64_t gates,
                     const Initializer& of_kernel, const Initializer& of_recurrent, DType dtype,
                     const RecurrentCommon& common)
    : common_(common) {
  if (features < 1 || units < 1)
    throw ShapeError(
        "{}: needs at least one feature and one unit, got {} -> {}; the arguments are (features, units)",
        layer, features, units);
  const std::int64_t columns = checked_product(layer, gates, units);
  kernel = Variable::parameter(of_kernel({features, columns}, dtype));
  recurrent_kernel = Variable::parameter(of_recurrent({units, columns}, dtype));
}

RecurrentOutput Recurrent::operator()(const Variable& x, const RecurrentCall& call) {
  RecurrentOutput out;
  (void)run([&] {
    out = output_of(x, call, true);
    return out.y;
  });
  return out;
}

void Recurrent::expect_input(const Variable& x, const RecurrentCall& call, bool with_state) const {
  if (x.rank() != 3 || x.shape(2) != features()) {
    throw ShapeError("{} expects sequences (N, T, {}), got an input of shape {}{}", describe(), features(),
                     x.shape(), x.rank() == 2 ? "; Reshape makes steps of its features" : "");
  }
  if (x.dtype() != kernel.dtype()) {
    throw DTypeError("{}: the kernel is {}, but the input {} is {}; convert it with x.to(hg::{})", describe(),
                     name(kernel.dtype()), x.shape(), name(x.dtype()), name(kernel.dtype()));
  }
  if (x.shape(1) == 0 && (with_state || !returns_sequences()))
    throw ShapeError(
        "{}: the input {} has no step, so there is no last state; leave such batches out, or ask for "
        "{.return_sequences = true}",
        describe(), x.shape());
  if (!call.initial_state.empty() && call.initial_state.size() != state_count())
    throw ShapeError("{}: its state has {} part{}, but {} were given; h, and of an LSTM c", describe(),
                     state_count(), state_count() == 1 ? "" : "s", call.initial_state.size());
  for (const Variable& s : call.initial_state) {
    if (s.shape() != Shape{x.shape(0), units()})
      throw ShapeError(
          "{}: the initial state of an input of shape {} is (N, units), {}, got {}; take one that such a "
          "call gave",
          describe(), x.shape(), Shape{x.shape(0), units()}, s.shape());
    if (s.dtype() != kernel.dtype())
      throw DTypeError("{}: the kernel is {}, but the initial state is {}; convert it with to(state, hg::{})",
                       describe(), name(kernel.dtype()), name(s.dtype()), name(kernel.dtype()));
  }
}

RecurrentOutput Recurrent::output_of(const Variable& x, const RecurrentCall& call, bool with_state) {
  expect_input(x, call, with_state);
  const Variable there = call.lengths ? mask_steps(x, *call.lengths) : x;
  const std::vector<Variable> all = states(transpose(there, 0, 1), call.initial_state, with_state);
  RecurrentOutput out;
  if (returns_sequences()) {
    const Variable h = transpose(all[0], 0, 1);
    out.y = call.lengths ? mask_steps(h, *call.lengths) : h;
  }
  if (with_state) {
    for (const Variable& part : all) out.state.push_back(last_steps(part, call.lengths));
  }
  if (!returns_sequences()) out.y = with_state ? out.state[0] : last_steps(all[0], call.lengths);
  return out;
}

// Where all steps lie in the same memory, as RepeatVector leaves them, one product serves them all.
Variable Recurrent::projected(const Variable& x, const std::optional<Variable>& b) const {
  const std::int64_t steps = x.shape(0), rows = x.shape(1), columns = kernel.shape(1);
  if (steps > 1 && x.value().strides()[0] == 0) {
    const Variable once = affine(squeeze(slice(x, 0, {0, 1}), 0), kernel, b);
    return broadcast_to(unsqueeze(once, 0), {steps, rows, columns});
  }
  return reshape(affine(reshape(x, {steps * rows, x.shape(2)}), kernel, b), {steps, rows, columns});
}

std::optional<Variable> Recurrent::take_penalty() {
  std::optional<Variable> sum;
  const auto add = [&](const Regularizer& r, const Variable& values) {
    if (!r.is_active()) return;
    sum = sum ? *sum + r(values) : r(values);
  };
  add(common_.kernel_regularizer, kernel);
  add(common_.recurrent_regularizer, recurrent_kernel);
  return sum;
}

std::string Recurrent::details() const {
  return std::to_string(features()) + " -> " + std::to_string(units()) +
         (returns_sequences() ? ", sequences" : "");
}

Variable call_with_lengths(Layer& layer, const Variable& x, const Tensor& lengths) {
  if (auto* const recurrent = dynamic_cast<Recurrent*>(&layer))
    return (*recurrent)(x, RecurrentCall{.lengths = lengths}).y;
  if (auto* const both = dynamic_cast<Bidirectional*>(&layer))
    return (*both)(x, RecurrentCall{.lengths = lengths}).y;
  auto* const sequence = dynamic_cast<Sequential*>(&layer);
  if (!sequence) return layer(mask_steps(x, lengths));
  Variable y = x;
  bool has_steps = true;
  for (std::int64_t i = 0; i < std::ssize(*sequence); ++i) {
    Layer& next = (*sequence)[i];
    y = has_steps ? call_with_lengths(next, y, lengths) : next(y);
    has_steps = has_steps && y.rank() > 2 && y.shape(1) == x.shape(1);
  }
  return y;
}

}  // namespace hourglass::nn
