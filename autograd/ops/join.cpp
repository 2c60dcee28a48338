#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass {

namespace {

std::vector<Tensor> values_of(const std::vector<Variable>& parts) {
  std::vector<Tensor> values;
  values.reserve(parts.size());
  for (const Variable& part : parts) values.push_back(part.value());
  return values;
}

std::vector<Variable> slices_like(const std::vector<Tensor>& values, const Variable& x, int axis) {
  std::vector<Variable> parts;
  std::int64_t at = 0;
  for (const Tensor& value : values) {
    const std::int64_t end = at + value.shape(axis);
    parts.push_back(slice(x, axis, {at, end}));
    at = end;
  }
  return parts;
}

}  // namespace

Variable concat(const std::vector<Variable>& parts, int axis) {
  const std::vector<Tensor> values = values_of(parts);
  Tensor y = concat(values, axis);
  const int along = y.shape().axis_index(axis);
  std::vector<Input> inputs;
  std::int64_t at = 0;
  for (const Variable& part : parts) {
    const Slice own{at, at + part.shape(along)};
    inputs.push_back(
        {part, [along, own](const Variable& dy, const Variable&) { return slice(dy, along, own); }});
    at += part.shape(along);
  }
  return record("concat", std::move(y), inputs).called_with(along);
}

Variable stack(const std::vector<Variable>& parts, int axis) {
  const std::vector<Tensor> values = values_of(parts);
  Tensor y = stack(values, axis);
  const int along = y.shape().axis_index(axis);
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    inputs.push_back({parts[i], [along, at](const Variable& dy, const Variable&) {
                        return squeeze(slice(dy, along, {at, at + 1}), along);
                      }});
  }
  return record("stack", std::move(y), inputs).called_with(along);
}

std::vector<Variable> split(const Variable& x, std::int64_t sections, int axis) {
  return slices_like(split(x.value(), sections, axis), x, axis);
}
std::vector<Variable> split(const Variable& x, const std::vector<std::int64_t>& extents, int axis) {
  return slices_like(split(x.value(), extents, axis), x, axis);
}

// The indices are copied: what happens to the caller's afterwards does not matter.

Variable take(const Variable& x, const Tensor& indices, int axis) {
  const Variable kept = indices.clone();
  return record("take", take(x.value(), indices, axis),
                {{x,
                  [kept, axis, extent = x.shape(axis)](const Variable& dy, const Variable&) {
                    return put_add(dy, kept.value(), axis, extent);
                  }}})
      .called_with(indices, axis);
}

Variable put_add(const Variable& x, const Tensor& indices, int axis, std::int64_t extent) {
  const Variable kept = indices.clone();
  return record(
      "put_add", put_add(x.value(), indices, axis, extent),
      {{x, [kept, axis](const Variable& dy, const Variable&) { return take(dy, kept.value(), axis); }}});
}

Variable pad(const Variable& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& pads,
             double value) {
  Tensor y = pad(x.value(), pads, value);
  std::vector<Slice> inside;
  for (std::size_t i = 0; i < pads.size(); ++i) {
    inside.push_back({pads[i].first, pads[i].first + x.shape(static_cast<int>(i))});
  }
  return record("pad", std::move(y),
                {{x, [inside](const Variable& dy, const Variable&) { return slice(dy, inside); }}})
      .called_with(pads, value);
}

Variable unslice(const Variable& x, const Shape& shape, const std::vector<Slice>& slices) {
  return record("unslice", unslice(x.value(), shape, slices),
                {{x, [slices](const Variable& dy, const Variable&) { return slice(dy, slices); }}});
}

Variable where(const Tensor& condition, const Variable& x1, const Variable& x2) {
  Tensor y = where(condition, x1.value(), x2.value());
  const Shape& shape = y.shape();
  const Variable c = condition;
  const Variable a = x1.shape() == shape ? x1 : broadcast_to(x1, shape),
                 b = x2.shape() == shape ? x2 : broadcast_to(x2, shape);
  return record("where", std::move(y),
                {
                    {a, [c](const Variable& dy,
                            const Variable&) { return where(c.value(), dy, no_gradient(dy)); }},
                    {b, [c](const Variable& dy,
                            const Variable&) { return where(c.value(), no_gradient(dy), dy); }},
                })
      .called_with(condition);
}

Variable no_gradient(const Variable& dy) { return broadcast_to(zeros({}, dy.dtype()), dy.shape()); }

}  // namespace hourglass
