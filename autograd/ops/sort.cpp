#include <hourglass/autograd/ops/index.h>
#include <hourglass/autograd/ops/sort.h>

namespace hourglass {

Variable sort(const Variable& x, int axis, SortOptions options) {
  const Tensor order = argsort(x.value(), axis, options);
  return record("sort", gather(x.value(), order, axis),
                {{x, [order, axis, shape = x.shape()](const Variable& dy, const Variable&) {
                    return scatter_add(dy, order, axis, shape);
                  }}});
}

}  // namespace hourglass
