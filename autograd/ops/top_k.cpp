#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/top_k.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass {

Variable keep_top_k(const Variable& x, std::int64_t k) {
  const Tensor kept = top_k_mask(x.value(), k);
  return record(
             "keep_top_k", where(kept, x.value(), zeros({}, x.dtype())),
             {{x, [kept](const Variable& dy, const Variable&) { return where(kept, dy, no_gradient(dy)); }}})
      .called_with(k);
}

}  // namespace hourglass
