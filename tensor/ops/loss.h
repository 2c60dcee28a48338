#pragma once

#include <hourglass/tensor/tensor.h>

/// The two losses of every autoencoder, each in one pass over memory. Prediction and target have the same
/// shape and type; sums run in float64. An empty mean is nan.
namespace hourglass {

/// L = factor/n Σ (p − t)²    -> ()
/// `slope`, where given, becomes dL/dp = factor · 2/n (p − t) in the same pass.
[[nodiscard]] Tensor mse(const Tensor& p, const Tensor& t, double factor = 1.0, Tensor* slope = nullptr);
/// dL/dp = dy · 2/n (p − t), dy a scalar.
[[nodiscard]] Tensor mse_grad(const Tensor& dy, const Tensor& p, const Tensor& t);

/// L = factor/n Σ softplus(x) − t x, the cross-entropy −t log σ(x) − (1 − t) log(1 − σ(x)) of logits x: a
/// scalar. `slope`, where given, becomes dL/dx = factor/n (σ(x) − t) in the same pass. Throws DataError
/// unless all targets are in [0, 1].
[[nodiscard]] Tensor bce_with_logits(const Tensor& x, const Tensor& t, double factor = 1.0,
                                     Tensor* slope = nullptr);
/// dL/dx = dy · 1/n (σ(x) − t), dy a scalar.
[[nodiscard]] Tensor bce_with_logits_grad(const Tensor& dy, const Tensor& x, const Tensor& t);

/// Throws DataError unless all targets are in [0, 1]; nan counts as outside.
void expect_unit_interval(const char* op, const Tensor& t);

/// N, the extent of the first axis, 1 for a scalar: what a mean over examples divides by. Throws DataError
/// for an empty batch, which has none.
[[nodiscard]] double example_count(const char* op, const Shape& shape);

/// Throws ShapeError or DTypeError unless both are of one shape and one floating type: losses broadcast
/// nothing.
void expect_same_form(const char* op, const Tensor& prediction, const Tensor& target);

}  // namespace hourglass
