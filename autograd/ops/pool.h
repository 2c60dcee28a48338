#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/pool.h>

/// Pooling for variables. Each op is linear in what flows through it once the places are chosen, and its
/// gradient is its adjoint, so they can be differentiated to any order.
namespace hourglass {

[[nodiscard]] Variable max_pool2d(const Variable& x, const Pool2DOptions& options = {});
[[nodiscard]] Variable average_pool2d(const Variable& x, const Pool2DOptions& options = {});
[[nodiscard]] Variable upsample2d(const Variable& x, Extent2 factor,
                                  Interpolation kind = Interpolation::nearest);

}  // namespace hourglass
