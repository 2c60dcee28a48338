#include <hourglass/onnx/internal/forms.h>
#include <hourglass/tensor/views.h>

#include <limits>
#include <numeric>

namespace hourglass::onnx::internal {

namespace {

constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kStart = std::numeric_limits<std::int64_t>::min();

template <class... A>
const std::tuple<A...>& arguments_of_other(const Op& op) {
  return *std::any_cast<std::tuple<A...>>(&op.other.arguments);
}

// Extents that the batch decides are copied from the same axis (0) or left to be found (-1, one of them).
void reshape(Op& op) {
  const Value &from = *op.inputs[0], &to = op.output;
  if (from.shape == to.shape) return op.each([](const std::string& x) { return x; });
  Ints extents;
  int found = 0;
  for (int i = 0; i < to.rank(); ++i) {
    if (!to.is_open(i)) {
      extents.push_back(to.shape[i]);
    } else if (i < from.rank() && from.shape[i] == to.shape[i] && from.other[i] == to.other[i]) {
      extents.push_back(0);
    } else {
      extents.push_back(-1), ++found;
    }
  }
  const std::string x = op.last();
  op.set_last(op.node("Reshape", {x, found > 1 ? op.shape(to.shape, to.other) : op.graph.constant(extents)}));
}

void permuted(Op& op, const Ints& axes) { op.set_last(op.node("Transpose", {op.last()}, {{"perm", axes}})); }

void transpose(Op& op) {
  const Shape& shape = op.inputs[0]->shape;
  Ints axes(static_cast<std::size_t>(shape.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  const auto [a, b] = op.call.arguments.has_value() ? op.arguments<int, int>() : std::tuple(-1, -2);
  std::swap(axes[static_cast<std::size_t>(shape.axis_index(a))],
            axes[static_cast<std::size_t>(shape.axis_index(b))]);
  permuted(op, axes);
}

void permute(Op& op) {
  Ints axes;
  for (const int axis : std::get<0>(op.arguments<std::vector<int>>()))
    axes.push_back(op.inputs[0]->shape.axis_index(axis));
  permuted(op, axes);
}

bool is_whole(const Slice& s, std::int64_t extent) {
  return s.step == 1 && s.start.value_or(0) == 0 && s.stop.value_or(extent) >= extent;
}

void slice(Op& op) {
  const std::vector<Slice>& slices = std::get<0>(op.arguments<std::vector<Slice>>());
  const std::vector<Slice>& others = std::get<0>(arguments_of_other<std::vector<Slice>>(op));
  const Value& x = *op.inputs[0];
  const bool in_order_of_first = x.is_first();
  Ints starts, ends, axes, steps;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const Slice &s = slices[i], &t = others[i];
    const int axis = static_cast<int>(i);
    if (is_whole(s, x.shape[axis]) && is_whole(t, x.other[axis])) continue;
    if (s.start != t.start || s.stop != t.stop)
      op.refuse("takes a part whose bounds depend on the number of examples");
    starts.push_back(s.start.value_or(s.step > 0 ? 0 : kEnd));
    ends.push_back(s.stop.value_or(s.step > 0 ? kEnd : kStart));
    axes.push_back(in_order_of_first ? axis_of_first(axis) : axis);
    steps.push_back(s.step);
  }
  op.each([&](const std::string& name) {
    if (axes.empty()) return name;
    return op.node("Slice", {name, op.graph.constant(starts), op.graph.constant(ends),
                             op.graph.constant(axes), op.graph.constant(steps)});
  });
}

void flip(Op& op) {
  const Value& x = *op.inputs[0];
  std::vector<int> flipped = std::get<0>(op.arguments<std::vector<int>>());
  if (flipped.empty()) {
    flipped.resize(static_cast<std::size_t>(x.rank()));
    std::iota(flipped.begin(), flipped.end(), 0);
  }
  Ints axes;
  for (const int axis : flipped) axes.push_back(x.shape.axis_index(axis));
  const Ints starts(axes.size(), kEnd), ends(axes.size(), kStart), steps(axes.size(), -1);
  op.set_last(op.node("Slice", {op.last(), op.graph.constant(starts), op.graph.constant(ends),
                                op.graph.constant(axes), op.graph.constant(steps)}));
}

// Left to who reads it: most ops of ONNX broadcast by themselves.
void broadcast_to(Op& op) { op.output.narrow = op.inputs[0]; }

void pad(Op& op) {
  using Pads = std::vector<std::pair<std::int64_t, std::int64_t>>;
  const auto& [pads, value] = op.arguments<Pads, double>();
  const bool in_order_of_first = op.inputs[0]->is_first();
  const std::size_t rank = pads.size();
  Ints both(2 * rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<std::size_t>(in_order_of_first ? axis_of_first(static_cast<int>(i))
                                                                 : static_cast<int>(i));
    both[axis] = pads[i].first;
    both[rank + axis] = pads[i].second;
  }
  op.each([&, number = value](const std::string& x) {
    return op.node("Pad", {x, op.graph.constant(both), op.number(number)});
  });
}

void concat(Op& op) {
  const int axis = std::get<0>(op.arguments<int>());
  bool in_order_of_first = false;
  for (const Value* x : op.inputs) in_order_of_first = in_order_of_first || x->is_first();
  std::vector<std::string> parts;
  for (Value* x : op.inputs) parts.push_back(in_order_of_first ? op.first(*x) : op.last(*x));
  const std::int64_t along = in_order_of_first ? axis_of_first(axis) : axis;
  std::string joined = op.node("Concat", parts, {{"axis", along}});
  in_order_of_first ? op.set_first(std::move(joined)) : op.set_last(std::move(joined));
}

void stack(Op& op) {
  const std::int64_t axis = std::get<0>(op.arguments<int>());
  std::vector<std::string> parts;
  for (Value* x : op.inputs)
    parts.push_back(op.node("Unsqueeze", {op.last(*x), op.graph.constant(Ints{axis})}));
  op.set_last(op.node("Concat", parts, {{"axis", axis}}));
}

std::pair<std::string, std::int64_t> indices_of(Op& op) {
  const auto& [indices, axis] = op.arguments<Tensor, int>();
  Value& value = op.value_of(indices, std::get<0>(arguments_of_other<Tensor, int>(op)));
  return {op.last(value), op.inputs[0]->shape.axis_index(axis)};
}
void take(Op& op) {
  const auto [indices, axis] = indices_of(op);
  op.set_last(op.node("Gather", {op.last(), indices}, {{"axis", axis}}));
}
void gather(Op& op) {
  const auto [indices, axis] = indices_of(op);
  op.set_last(op.node("GatherElements", {op.last(), indices}, {{"axis", axis}}));
}

template <int kUpper>
void triangle(Op& op) {
  op.graph.need_opset(14);
  const std::string k = op.graph.constant(Ints{std::get<0>(op.arguments<std::int64_t>())});
  op.set_last(op.node("Trilu", {op.last(), k}, {{"upper", std::int64_t{kUpper}}}));
}

}  // namespace

const std::vector<NamedForm>& view_forms() {
  static const std::vector<NamedForm> forms{
      {"reshape", reshape},   {"flatten", reshape},     {"squeeze", reshape},
      {"unsqueeze", reshape}, {"transpose", transpose}, {"permute", permute},
      {"slice", slice},       {"flip", flip},           {"broadcast_to", broadcast_to},
      {"pad", pad},           {"concat", concat},       {"stack", stack},
      {"take", take},         {"gather", gather},       {"tril", triangle<0>},
      {"triu", triangle<1>},
  };
  return forms;
}

}  // namespace hourglass::onnx::internal
