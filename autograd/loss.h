#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/loss.h>

/// The fused losses of tensor/loss.h for variables, and their gradients as ops that can be differentiated
/// again.
namespace hourglass {

/// 1/n Σ (p − t)²;    dp = dy · 2/n (p − t), dt = −dp.
[[nodiscard]] Variable mse(const Variable& p, const Variable& t);
[[nodiscard]] Variable mse_grad(const Variable& dy, const Variable& p, const Variable& t);

/// 1/n Σ softplus(x) − t x;    dx = dy/n (σ(x) − t), dt = −dy/n x.
[[nodiscard]] Variable bce_with_logits(const Variable& x, const Variable& t);
[[nodiscard]] Variable bce_with_logits_grad(const Variable& dy, const Variable& x, const Variable& t);

}  // namespace hourglass
