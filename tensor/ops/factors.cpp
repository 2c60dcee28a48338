#include <hourglass/tensor/ops/factors.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/views.h>

namespace hourglass {

Tensor Factors::product() const { return matmul(transpose(a), b); }

}  // namespace hourglass
