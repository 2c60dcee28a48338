#include <hourglass/autograd/trace.h>
#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass {

namespace {

thread_local bool recording = true;

}  // namespace

Variable::Variable(Tensor value) : node_(new Node) { node_->value = std::move(value); }

Variable Variable::parameter(Tensor value) {
  expect_floating("parameter", value.dtype());
  Variable out(std::move(value));
  out.node_->requires_grad = true;
  return out;
}

const Tensor& Variable::value() const {
  detail::check_unchanged(*node_);
  return node_->value;
}

void Variable::set_value(Tensor value) {
  if (!is_leaf())
    throw GradientError(
        "set_value: this is the result of '{}', and only a leaf's value can be replaced; detach() makes a "
        "leaf of it",
        node_->op);
  if (value.shape() != shape())
    throw ShapeError("set_value: shape {} expected, got {}; reshape it, or make a new Variable", shape(),
                     value.shape());
  if (value.dtype() != dtype())
    throw DTypeError("set_value: {} expected, got {}; convert it with to(hg::{})", name(dtype()),
                     name(value.dtype()), name(dtype()));
  node_->value.storage().mark_changed("set_value");
  node_->value = std::move(value);
  node_->value.storage().mark_changed("set_value");
}

Tensor& Variable::mutable_value() {
  if (!is_leaf())
    throw GradientError(
        "mutable_value: this is the result of '{}', and only a leaf can be changed in place; detach() makes "
        "a leaf of it",
        node_->op);
  return node_->value;
}

void Variable::set_requires_grad(bool on) {
  if (!is_leaf()) {
    throw GradientError(
        "set_requires_grad: this is the result of '{}', and only a leaf can be frozen or thawed; detach() "
        "makes a leaf of it",
        node_->op);
  }
  if (on) expect_floating("set_requires_grad", dtype());
  node_->requires_grad = on;
  if (!on) clear_gradient();
}

std::optional<Variable> Variable::gradient() const { return node_->gradient.value(); }

void Variable::clear_gradient() { node_->gradient.put({}); }

void Variable::set_gradient(const Variable& gradient) {
  if (gradient.shape() != shape()) {
    throw ShapeError(
        "set_gradient: a value of shape {} needs a gradient of that shape, got {}; sum_to undoes a broadcast",
        shape(), gradient.shape());
  }
  if (gradient.dtype() != dtype()) {
    throw DTypeError("set_gradient: {} expected, got {}; convert it with to(hg::{})", name(dtype()),
                     name(gradient.dtype()), name(dtype()));
  }
  node_->gradient.put(gradient);
}

bool is_recording() { return recording; }
detail::SetRecording::SetRecording(bool on) : saved_(std::exchange(recording, on)) {}
detail::SetRecording::~SetRecording() { recording = saved_; }

Recorded record(const char* op, Tensor value, std::initializer_list<Input> inputs) {
  return record(op, std::move(value), std::span(inputs.begin(), inputs.size()));
}

Recorded record(const char* op, Tensor value, std::span<const Input> inputs) {
  Recorded out{Variable(std::move(value))};
  bool needed = false;
  for (const Input& input : inputs) needed = needed || input.variable.requires_grad();
  if (tracing() != Tracing::off) detail::trace_value(op, out, inputs);
  if (detail::OnTape::is_on()) detail::OnTape::add(op, out, inputs);
  if (!recording || !needed) return out;

  Node& node = *out.node();
  node.set_op(op);
  node.requires_grad = true;
  if (tracing() != Tracing::off) node.layer = std::make_unique<std::string>(current_layer());
  node.edges.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Input& input = inputs[i];
    if (input.variable.requires_grad()) node.edges.push_back({input.variable.node(), input.gradient, i});
  }
  return out;
}

Recorded Recorded::after(Formula slope) && {
  if (!is_leaf()) node()->slope = std::move(slope);
  return std::move(*this);
}

Recorded Recorded::with_fast(FastPath fast) && {
  if (!is_leaf()) node()->fast = std::move(fast);
  return std::move(*this);
}

std::ostream& operator<<(std::ostream& out, const Variable& x) { return out << x.value(); }

}  // namespace hourglass
