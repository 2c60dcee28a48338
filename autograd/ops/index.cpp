#include <hourglass/autograd/ops/index.h>
#include <hourglass/autograd/tape.h>

namespace hourglass {

// The indices are copied: what happens to the caller's afterwards does not matter.

Variable gather(const Variable& x, const Tensor& indices, int axis) {
  const Variable kept = indices.clone();
  return record("gather", gather(x.value(), indices, axis),
                {{x,
                  [kept, axis, shape = x.shape()](const Variable& dy, const Variable&) {
                    return scatter_add(dy, kept.value(), axis, shape);
                  }}})
      .called_with(indices, axis);
}

Variable scatter_add(const Variable& x, const Tensor& indices, int axis, const Shape& shape) {
  const Variable kept = indices.clone();
  return record(
      "scatter_add", scatter_add(x.value(), indices, axis, shape),
      {{x, [kept, axis](const Variable& dy, const Variable&) { return gather(dy, kept.value(), axis); }}});
}

}  // namespace hourglass
