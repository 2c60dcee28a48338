#include <hourglass/onnx/internal/forms.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass::onnx::internal {

namespace {

const Ints kToFirst{0, 3, 1, 2}, kToLast{0, 2, 3, 1};

}  // namespace

std::string Op::last(Value& value) {
  if (!value.last.empty()) return value.last;
  if (!value.first.empty()) return value.last = node("Transpose", {value.first}, {{"perm", kToLast}});
  if (value.constant) return value.last = graph.constant(*value.constant, value.hint);
  if (!value.narrow) refuse("needs a value that was not written");
  const std::string narrow = last(*value.narrow);
  return value.last = node("Expand", {narrow, expansion(*value.narrow, value)});
}

std::string Op::first(Value& value) {
  if (!value.first.empty()) return value.first;
  if (value.constant && value.last.empty())
    return value.first = graph.constant(permute(*value.constant, {0, 3, 1, 2}), value.hint);
  return value.first = node("Transpose", {last(value)}, {{"perm", kToFirst}});
}

Value& Op::value_of(const Tensor& in_call, const Tensor& in_other) {
  Value* const found = find_(in_call, in_other);
  if (!found)
    refuse(
        "takes numbers that depend on the input but were not computed by ops on Variables (taken by "
        ".value(), or random)");
  if (found->shape == in_call.shape()) return *found;
  Value& flat = reshaped_.emplace_back();
  flat.shape = in_call.shape(), flat.other = in_other.shape(), flat.dtype = found->dtype;
  const bool is_row = flat.rank() == 1;
  flat.last =
      node("Reshape", {last(*found), is_row ? graph.constant(Ints{-1}) : shape(flat.shape, flat.other)});
  return flat;
}

const Tensor& Op::constant(std::size_t i) const {
  if (!inputs.at(i)->constant) refuse("takes weights that were computed from the input");
  return *inputs[i]->constant;
}

void Op::each(FunctionRef<std::string(const std::string&)> f) {
  if (inputs.at(0)->is_first()) {
    set_first(f(first()));
  } else {
    set_last(f(last()));
  }
}

std::string Op::batch_extent() {
  const std::string all = node("Shape", {batch_input_});
  return node("Gather", {all, graph.constant(Ints{0})});
}

// Extents that differ between the runs are in the ratio of the batches: multiples of the batch.
std::string Op::shape(const Shape& in_call, const Shape& in_other) {
  if (in_call == in_other) return graph.constant(Ints(in_call.begin(), in_call.end()));
  std::vector<std::string> parts;
  for (int i = 0; i < in_call.rank(); ++i) {
    if (in_call[i] == in_other[i]) {
      parts.push_back(graph.constant(Ints{in_call[i]}));
      continue;
    }
    const std::int64_t each = in_other[i] - in_call[i];  // the second batch has one example more
    if (in_call[i] != kExamples * each) refuse("makes an axis of the examples and something else");
    const std::string batch = batch_extent();
    parts.push_back(each == 1 ? batch : node("Mul", {batch, graph.constant(Ints{each})}));
  }
  return parts.size() == 1 ? parts[0] : node("Concat", parts, {{"axis", std::int64_t{0}}});
}

// Expand leaves an axis alone for a 1, so what the examples decide is asked for only where it is new.
std::string Op::expansion(const Value& from, const Value& to) {
  Shape in_call = to.shape, in_other = to.other;
  const int new_axes = to.rank() - from.rank();
  for (int i = std::max(new_axes, 0); i < to.rank(); ++i) {
    if (from.shape[i - new_axes] != to.shape[i] || from.other[i - new_axes] != to.other[i]) continue;
    in_call = in_call.with(i, 1), in_other = in_other.with(i, 1);
  }
  return shape(in_call, in_other);
}

void Op::refuse(const std::string& why) const {
  throw DataError(
      "onnx::save: the op {}{}{} {}; write a part without it with {.part = \"…\"}, or compute it of {}",
      call.op, call.layer.empty() ? "" : " in ", call.layer, why,
      "other ops on Variables, of which docs/formats.md lists those that ONNX has");
}

Form form_of(std::string_view op) {
  for (const auto* const family :
       {&elementwise_forms(), &view_forms(), &image_forms(), &reduce_forms(), &product_forms()}) {
    const auto found =
        std::find_if(family->begin(), family->end(), [&](const NamedForm& f) { return f.op == op; });
    if (found != family->end()) return found->form;
  }
  return nullptr;
}

}  // namespace hourglass::onnx::internal
