#pragma once

#include <hourglass/tensor/reduce.h>
#include <hourglass/tensor/tensor.h>

namespace hourglass {

/// x̂ = (x − μ) / √(σ² + ε), with mean μ and variance σ² (biased) over the given axes: what batch and layer
/// normalization have in common. The same shape as x.
/// Throws DataError unless ε > 0, DTypeError unless floating.
[[nodiscard]] Tensor standardize(const Tensor& x, const Axes& axes, double epsilon);

/// All axes but the last, over which batch normalization averages.
[[nodiscard]] Axes all_but_last(int rank);

}  // namespace hourglass
