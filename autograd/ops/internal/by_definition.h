#pragma once

#include <hourglass/autograd/variable.h>

#include <vector>

namespace hourglass::detail {

/// An op's inputs, each with the gradient of the op's definition in other ops as its formula: for an op whose
/// fast path gives the first order, so that the others need no mathematics of their own. `definition` must
/// hold none of the inputs.
using Definition = SharedFunction<Variable(const std::vector<Variable>& inputs)>;
[[nodiscard]] std::vector<Input> by_definition(const std::vector<Variable>& inputs,
                                               const Definition& definition);

}  // namespace hourglass::detail
