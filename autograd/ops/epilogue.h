#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/base/epilogue.h>

namespace hourglass {

/// dz = dy f'(z), computed from y = f(z) alone: what the gradients of a fused product or convolution have in
/// common. For record's `before`, which gives dy up: dz may take its memory. Empty for no activation.
[[nodiscard]] Formula epilogue_grad(Epilogue f);

}  // namespace hourglass
