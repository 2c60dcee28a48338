#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass {

namespace {

// Any op that only renames the elements' places in row-major order.
Variable reshaped(const char* op, const Variable& x, Tensor value) {
  return record(
      op, std::move(value),
      {{x, [shape = x.shape()](const Variable& dy, const Variable&) { return reshape(dy, shape); }}});
}

}  // namespace

Variable reshape(const Variable& x, const Shape& shape) {
  return reshaped("reshape", x, reshape(x.value(), shape));
}
Variable reshape(const Variable& x, std::initializer_list<std::int64_t> shape) {
  return reshaped("reshape", x, reshape(x.value(), shape));
}
Variable flatten(const Variable& x, int axis) { return reshaped("flatten", x, flatten(x.value(), axis)); }
Variable squeeze(const Variable& x) { return reshaped("squeeze", x, squeeze(x.value())); }
Variable squeeze(const Variable& x, int axis) { return reshaped("squeeze", x, squeeze(x.value(), axis)); }
Variable unsqueeze(const Variable& x, int axis) {
  return reshaped("unsqueeze", x, unsqueeze(x.value(), axis));
}

Variable transpose(const Variable& x) {
  return record("transpose", transpose(x.value()),
                {{x, [](const Variable& dy, const Variable&) { return transpose(dy); }}});
}

Variable transpose(const Variable& x, int a, int b) {
  return record("transpose", transpose(x.value(), a, b),
                {{x, [a, b](const Variable& dy, const Variable&) { return transpose(dy, a, b); }}})
      .called_with(a, b);
}

Variable permute(const Variable& x, const std::vector<int>& axes) {
  Tensor y = permute(x.value(), axes);
  std::vector<int> back(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i)
    back[static_cast<std::size_t>(x.shape().axis_index(axes[i]))] = static_cast<int>(i);
  return record("permute", std::move(y),
                {{x, [back](const Variable& dy, const Variable&) { return permute(dy, back); }}})
      .called_with(axes);
}

Variable slice(const Variable& x, const std::vector<Slice>& slices) {
  return record("slice", slice(x.value(), slices),
                {{x, [shape = x.shape(), slices](const Variable& dy,
                                                 const Variable&) { return unslice(dy, shape, slices); }}})
      .called_with(slices);
}

Variable slice(const Variable& x, int axis, Slice s) {
  std::vector<Slice> slices(static_cast<std::size_t>(x.shape().axis_index(axis)));
  slices.push_back(s);
  return slice(x, slices);
}

Variable flip(const Variable& x, const std::vector<int>& axes) {
  return record("flip", flip(x.value(), axes),
                {{x, [axes](const Variable& dy, const Variable&) { return flip(dy, axes); }}})
      .called_with(axes);
}

Variable broadcast_to(const Variable& x, const Shape& shape) {
  return record("broadcast_to", broadcast_to(x.value(), shape),
                {{x, [own = x.shape()](const Variable& dy, const Variable&) { return sum_to(dy, own); }}});
}

Variable to(const Variable& x, DType dtype) {
  expect_floating("to", dtype);
  return record("to", x.value().to(dtype),
                {{x, [own = x.dtype()](const Variable& dy, const Variable&) { return to(dy, own); }}});
}

}  // namespace hourglass
