#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/log_prob.h>

/// The log-densities of tensor/ops/log_prob.h for variables, with gradients for all operands.
namespace hourglass {

/// With z = (x − μ) e^(−l/2):  dx = −dy z e^(−l/2),  dμ = −dx,  dl = ½ dy (z² − 1).
[[nodiscard]] Variable normal_log_prob(const Variable& x, const Variable& mean, const Variable& log_variance);

/// dx = dy l,  dl = dy (x σ(−l) − (1 − x) σ(l)) = dy (x − σ(l)), l the logits.
[[nodiscard]] Variable bernoulli_log_prob(const Variable& x, const Variable& logits);

}  // namespace hourglass
