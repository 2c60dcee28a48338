#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/top_k.h>
#include <hourglass/tensor/ops/elementwise.h>

namespace hourglass {

Variable keep_top_k(const Variable& x, std::int64_t k) {
  return record("keep_top_k", keep_top_k(x.value(), k),
                {{x, [](const Variable& dy, const Variable& y) {
                    return dy * (y.value() != 0.0).to(y.dtype());  // a kept zero has no say either
                  }}});
}

}  // namespace hourglass
