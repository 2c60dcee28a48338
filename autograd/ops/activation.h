#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/activation.h>

/// The activation functions of tensor/ops/activation.h for variables. Beside each, its gradient.
namespace hourglass {

[[nodiscard]] Variable sigmoid(const Variable& x);                          // dx = dy y (1 − y)
[[nodiscard]] Variable relu(const Variable& x);                             // dx = dy [y > 0]
[[nodiscard]] Variable leaky_relu(const Variable& x, double alpha = 0.01);  // dx = dy · (1 or α)
[[nodiscard]] Variable elu(const Variable& x, double alpha = 1.0);          // dx = dy · (1 or αeˣ)
[[nodiscard]] Variable selu(const Variable& x);                             // dx = dy · (λ or λαeˣ)
[[nodiscard]] Variable normal_cdf(const Variable& x);                       // dx = dy φ(x)
[[nodiscard]] Variable normal_pdf(const Variable& x);                       // dx = −dy x y
[[nodiscard]] Variable gelu(const Variable& x);                             // dx = dy (Φ(x) + x φ(x))
[[nodiscard]] Variable silu(const Variable& x);      // dx = dy σ(x)(1 + x (1 − σ(x)))
[[nodiscard]] Variable softplus(const Variable& x);  // dx = dy σ(x)

// Gradients as ops of their own, one pass each, so that they can be differentiated again.
[[nodiscard]] Variable relu_grad(const Variable& dy, const Variable& y);  // d(dy) = g [y > 0], dy's y: 0
[[nodiscard]] Variable sigmoid_grad(const Variable& dy,
                                    const Variable& y);  // d(dy) = g y (1 − y), d(y) = g dy (1 − 2y)
[[nodiscard]] Variable tanh_grad(const Variable& dy,
                                 const Variable& y);  // d(dy) = g (1 − y²), d(y) = −2 g dy y

}  // namespace hourglass
