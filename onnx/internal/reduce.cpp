#include <hourglass/onnx/internal/forms.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>

#include <numeric>

namespace hourglass::onnx::internal {

namespace {

// The axes, none of them negative; all where none are given.
Ints axes_of(const Value& x, const Axes& axes) {
  Ints list;
  for (const int axis : axes.list) list.push_back(x.shape.axis_index(axis));
  if (list.empty()) {
    list.resize(static_cast<std::size_t>(x.rank()));
    std::iota(list.begin(), list.end(), 0);
  }
  return list;
}
Ints in_order_of_first(Ints axes) {
  for (std::int64_t& axis : axes) axis = axis_of_first(static_cast<int>(axis));
  return axes;
}

// ReduceSum has its axes as an input since opset 13, the others as an attribute until 18.
std::string reduced(Op& op, const char* name, const std::string& x, const Ints& axes, bool keepdims) {
  const Attribute kept{"keepdims", std::int64_t{keepdims ? 1 : 0}};
  if (axes.empty()) return x;
  if (std::string_view(name) == "ReduceSum") return op.node(name, {x, op.graph.constant(axes)}, {kept});
  return op.node(name, {x}, {{"axes", axes}, kept});
}

// Images may be reduced as they lie, if the order of what is left stays.
void reduce(Op& op, const char* name) {
  const auto& [given, keepdims] = op.arguments<Axes, bool>();
  const Value& x = *op.inputs[0];
  const Ints axes = axes_of(x, given);
  const bool places = axes == Ints{1, 2};
  if (x.is_first() && (keepdims || places)) {
    std::string y = reduced(op, name, op.first(), in_order_of_first(axes), keepdims);
    return keepdims ? op.set_first(std::move(y)) : op.set_last(std::move(y));
  }
  op.set_last(reduced(op, name, op.last(), axes, keepdims));
}

void sum(Op& op) { reduce(op, "ReduceSum"); }
void mean(Op& op) { reduce(op, "ReduceMean"); }
void max(Op& op) { reduce(op, "ReduceMax"); }
void min(Op& op) { reduce(op, "ReduceMin"); }
void norm(Op& op) { reduce(op, "ReduceL2"); }
void logsumexp(Op& op) { reduce(op, "ReduceLogSumExp"); }

std::string centered(Op& op, const std::string& x, const Ints& axes) {
  return op.node("Sub", {x, reduced(op, "ReduceMean", x, axes, true)});
}
std::string mean_square(Op& op, const std::string& x, const Ints& axes, bool keepdims) {
  return reduced(op, "ReduceMean", op.node("Mul", {x, x}), axes, keepdims);
}

void center(Op& op) {
  op.set_last(centered(op, op.last(), axes_of(*op.inputs[0], std::get<0>(op.arguments<Axes>()))));
}

std::string variance(Op& op) {
  const auto& [given, options] = op.arguments<Axes, VarOptions>();
  const Value& x = *op.inputs[0];
  const Ints axes = axes_of(x, given);
  double n = 1.0;
  for (const std::int64_t axis : axes) {
    if (x.is_open(static_cast<int>(axis)) && options.ddof != 0)
      op.refuse("divides by a number that depends on the number of examples");
    n *= static_cast<double>(x.shape[static_cast<int>(axis)]);
  }
  std::string biased = mean_square(op, centered(op, op.last(), axes), axes, options.keepdims);
  if (options.ddof == 0) return biased;
  return op.node("Mul", {biased, op.number(n / (n - static_cast<double>(options.ddof)))});
}
void var(Op& op) { op.set_last(variance(op)); }
void std_(Op& op) { op.set_last(op.node("Sqrt", {variance(op)})); }

// x̂ = (x − μ) / √(σ² + ε)
std::string standardized(Op& op, const std::string& x, const Ints& axes, double epsilon) {
  const std::string d = centered(op, x, axes);
  const std::string v = op.node("Add", {mean_square(op, d, axes, true), op.number(epsilon)});
  return op.node("Div", {d, op.node("Sqrt", {v})});
}

void standardize(Op& op) {
  const auto& [axes, epsilon] = op.arguments<Axes, double>();
  op.set_last(standardized(op, op.last(), axes_of(*op.inputs[0], axes), epsilon));
}

void layer_norm(Op& op) {
  const auto& [axes, epsilon, has_gamma] = op.arguments<Axes, double, bool>();
  std::string y = standardized(op, op.last(), axes_of(*op.inputs[0], axes), epsilon);
  std::size_t next = 1;
  if (has_gamma) y = op.node("Mul", {y, op.last(next++)});
  if (op.inputs.size() > next) y = op.node("Add", {y, op.last(next)});
  op.set_last(y);
}

void softmax(Op& op, const char* name) {
  const Value& x = *op.inputs[0];
  if (x.rank() == 0) op.refuse("has a scalar as its input");
  const int axis = x.shape.axis_index(std::get<0>(op.arguments<int>()));
  const std::int64_t along = x.is_first() ? axis_of_first(axis) : axis;
  op.each([&](const std::string& n) { return op.node(name, {n}, {{"axis", along}}); });
}
void softmax_form(Op& op) { softmax(op, "Softmax"); }
void log_softmax_form(Op& op) { softmax(op, "LogSoftmax"); }

void cumsum(Op& op) {
  const std::int64_t axis = op.inputs[0]->shape.axis_index(std::get<0>(op.arguments<int>()));
  op.set_last(
      op.node("CumSum", {op.last(), op.graph.constant(full({}, static_cast<double>(axis), int64), "axis")}));
}

}  // namespace

const std::vector<NamedForm>& reduce_forms() {
  static const std::vector<NamedForm> forms{
      {"sum", sum},
      {"mean", mean},
      {"max", max},
      {"min", min},
      {"norm", norm},
      {"logsumexp", logsumexp},
      {"center", center},
      {"var", var},
      {"std", std_},
      {"standardize", standardize},
      {"layer_norm", layer_norm},
      {"softmax", softmax_form},
      {"log_softmax", log_softmax_form},
      {"cumsum", cumsum},
  };
  return forms;
}

}  // namespace hourglass::onnx::internal
