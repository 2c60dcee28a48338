#include <hourglass/tensor/factors.h>
#include <hourglass/tensor/linalg.h>
#include <hourglass/tensor/views.h>

namespace hourglass {

Tensor Factors::product() const { return matmul(transpose(a), b); }

}  // namespace hourglass
