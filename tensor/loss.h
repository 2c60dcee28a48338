#pragma once

#include <hourglass/tensor/tensor.h>

/// The two losses of every autoencoder, each in one pass over memory, and their gradients in another.
/// Prediction and target have the same shape and type; sums run in float64. An empty mean is nan.
namespace hourglass {

/// L = 1/n Σ (p − t)²    -> ()
[[nodiscard]] Tensor mse(const Tensor& p, const Tensor& t);
/// dL/dp = dy · 2/n (p − t), dy a scalar.
[[nodiscard]] Tensor mse_grad(const Tensor& dy, const Tensor& p, const Tensor& t);

/// L = 1/n Σ softplus(x) − t x, the cross-entropy −t log σ(x) − (1 − t) log(1 − σ(x)) of logits x.    -> ()
[[nodiscard]] Tensor bce_with_logits(const Tensor& x, const Tensor& t);
/// dL/dx = dy · 1/n (σ(x) − t), dy a scalar.
[[nodiscard]] Tensor bce_with_logits_grad(const Tensor& dy, const Tensor& x, const Tensor& t);

/// Throws DataError unless all targets are in [0, 1]; nan counts as outside.
void expect_unit_interval(const char* op, const Tensor& t);

/// Throws ShapeError or DTypeError unless both are of one shape and one floating type: losses broadcast
/// nothing.
void expect_same_form(const char* op, const Tensor& prediction, const Tensor& target);

}  // namespace hourglass
