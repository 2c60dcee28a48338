#pragma once

#include <hourglass/tensor/tensor.h>

namespace hourglass {

/// e^xᵢ / Σ_j e^xⱼ along an axis, computed from x − max x, so that nothing overflows. Floating types; 1 for a
/// scalar.
[[nodiscard]] Tensor softmax(const Tensor& x, int axis = -1);
/// log softmax(x) = x − logsumexp(x) along an axis.
[[nodiscard]] Tensor log_softmax(const Tensor& x, int axis = -1);

}  // namespace hourglass
