#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/loss.h>

/// The fused losses of tensor/ops/loss.h for variables, and their gradients as ops that can be differentiated
/// again.
namespace hourglass {

/// factor/n Σ (p − t)²;    dp = dy · factor · 2/n (p − t), dt = −dp.
[[nodiscard]] Variable mse(const Variable& p, const Variable& t, double factor = 1.0);
[[nodiscard]] Variable mse_grad(const Variable& dy, const Variable& p, const Variable& t);

/// factor/n Σ softplus(x) − t x;    dx = dy · factor/n (σ(x) − t), dt = −dy · factor/n x.
[[nodiscard]] Variable bce_with_logits(const Variable& x, const Variable& t, double factor = 1.0);
[[nodiscard]] Variable bce_with_logits_grad(const Variable& dy, const Variable& x, const Variable& t);

}  // namespace hourglass
