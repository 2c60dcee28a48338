#pragma once

#include <hourglass/tensor/tensor.h>

namespace hourglass {

/// y = x where x is among the k largest along the last axis, else 0; of equal ones the first count, and nan
/// counts as larger than any number.    (…, D) -> (…, D)
///
/// Throws ShapeError for a scalar or unless 0 <= k <= D, DTypeError unless floating.
/// Method: the k-th largest of a row by selection.
[[nodiscard]] Tensor keep_top_k(const Tensor& x, std::int64_t k);
/// 1 where keep_top_k keeps x, else 0, uint8. Throws as it does.
[[nodiscard]] Tensor top_k_mask(const Tensor& x, std::int64_t k);

}  // namespace hourglass
