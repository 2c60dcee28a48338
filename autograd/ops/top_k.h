#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/top_k.h>

namespace hourglass {

/// The k largest along the last axis, the others 0.    dx = dy where x was kept, else 0
[[nodiscard]] Variable keep_top_k(const Variable& x, std::int64_t k);

}  // namespace hourglass
