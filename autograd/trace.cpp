#include <hourglass/autograd/trace.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/reduce.h>

namespace hourglass {

namespace {

thread_local Tracing mode = Tracing::off;
thread_local LayerAtWork at_work;
thread_local const Node* formulas_of = nullptr;

std::string in_layer(const std::string& layer) {
  std::string text = layer;
  return layer.empty() ? text : text.insert(0, " in ");
}

// Where a value is computed: in a layer's forward pass, or for an op's gradient.
std::string whereabouts() {
  if (!formulas_of) return in_layer(current_layer());
  return ", computing the gradient of " + std::string(formulas_of->op) +
         in_layer(formulas_of->layer ? *formulas_of->layer : "");
}

}  // namespace

Tracing tracing() { return mode; }
Trace::Trace(Tracing next) : saved_(std::exchange(mode, next)) {}
Trace::~Trace() { mode = saved_; }

LayerAtWork exchange_layer_at_work(LayerAtWork next) { return std::exchange(at_work, next); }
std::string current_layer() { return at_work.layer ? at_work.describe(at_work.layer) : ""; }

namespace detail {

void trace_value(const char* op, const Variable& value, std::span<const Input> inputs) {
  if (mode != Tracing::non_finite || !is_floating(value.dtype()) || all_finite(value.node()->value)) return;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& input = inputs[i].variable.node()->value;
    if (!is_floating(input.dtype()) || all_finite(input)) continue;
    throw GradientError(
        "{}{}: input {} of shape {} holds a nan or infinity already; no traced op made it, so look at the "
        "data and the parameters",
        op, whereabouts(), i, input.shape());
  }
  throw GradientError(
      "{}{}: made the first nan or infinity, in a value of shape {}, from finite inputs; look at the range "
      "of those (clip, a smaller learning rate)",
      op, whereabouts(), value.shape());
}

void trace_gradient(const Node& node, std::size_t input, const Variable& gradient) {
  if (mode != Tracing::non_finite || all_finite(gradient.node()->value)) return;
  throw GradientError(
      "{}{}: the gradient of its input {}, shape {}, is the first to hold a nan or infinity; its inputs are "
      "where its slope has none, so clip them or take a smaller learning rate",
      node.op, in_layer(node.layer ? *node.layer : ""), input, gradient.shape());
}

FormulasOf::FormulasOf(const Node& node) : saved_(std::exchange(formulas_of, &node)) {}
FormulasOf::~FormulasOf() { formulas_of = saved_; }

void check_unchanged(const Node& node) {
  if (!formulas_of || node.tick > formulas_of->tick || node.value.storage().changed_at() <= formulas_of->tick)
    return;
  const char* const by = node.value.storage().changed_by();
  throw GradientError(
      "{}: a value of shape {} that its gradient needs was changed in place after it was recorded{}{}; "
      "change a clone(), or run backward first",
      formulas_of->op, node.value.shape(), by ? ", by " : "", by ? by : "");
}

}  // namespace detail
}  // namespace hourglass
