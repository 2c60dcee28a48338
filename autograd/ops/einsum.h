#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/einsum.h>

namespace hourglass {

/// Einstein's summation, see tensor/ops/einsum.h. The gradient of an operand is another one, of dy and the
/// other operands:  y = einsum("ij,jk->ik", {a, b}):  da = einsum("ik,jk->ij", {dy, b}).
[[nodiscard]] Variable einsum(std::string_view subscripts, const std::vector<Variable>& operands);

}  // namespace hourglass
