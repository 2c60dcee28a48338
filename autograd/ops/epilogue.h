#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/base/epilogue.h>

namespace hourglass {

/// dz = dy f'(z), computed from y = f(z) alone: what the gradients of a fused product or convolution have in
/// common; for Recorded::after. Empty for no activation.
[[nodiscard]] Formula epilogue_grad(Epilogue f);

}  // namespace hourglass
