#pragma once

#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/tensor.h>

/// Activation functions, element-wise on float32 and float64 (DTypeError for others), and, where one pass
/// over memory serves for several, their gradients from the output y.
namespace hourglass {

/// Logistic function:  σ(x) = 1 / (1 + e⁻ˣ).
[[nodiscard]] Tensor sigmoid(const Tensor& x);
/// max(x, 0); nan stays nan.
[[nodiscard]] Tensor relu(const Tensor& x);
/// x for x > 0, else αx (Maas et al. 2013).
[[nodiscard]] Tensor leaky_relu(const Tensor& x, double alpha = 0.01);
/// x for x > 0, else α(eˣ − 1) (Clevert et al. 2016).
[[nodiscard]] Tensor elu(const Tensor& x, double alpha = 1.0);
/// λx for x > 0, else λα(eˣ − 1), with λ and α such that activations tend to mean 0, variance 1 (Klambauer et
/// al. 2017).
[[nodiscard]] Tensor selu(const Tensor& x);
inline constexpr double kSeluAlpha = 1.6732632423543772848170429916717;
inline constexpr double kSeluScale = 1.0507009873554804934193349852946;
/// The standard normal's distribution function Φ(x) = ½(1 + erf(x/√2)) and density φ(x) = e^(−x²/2) / √2π,
/// with a small relative error in the tails, too: below −1, Φ is computed as ½ erfc(−x/√2).
[[nodiscard]] Tensor normal_cdf(const Tensor& x);
[[nodiscard]] Tensor normal_pdf(const Tensor& x);
/// x Φ(x) (Hendrycks & Gimpel 2016).
[[nodiscard]] Tensor gelu(const Tensor& x);
/// x σ(x), also called swish (Elfwing et al. 2017).
[[nodiscard]] Tensor silu(const Tensor& x);
/// Softplus, a smooth max(x, 0):  log(1 + eˣ).
/// Computed as max(x, 0) + log1p(e^−|x|), which neither overflows nor loses small values.
[[nodiscard]] Tensor softplus(const Tensor& x);

/// dy · [y > 0], the gradient of relu from its output. Like the two below it writes into dy's memory where
/// the argument, moved in, was the last to refer to it.
[[nodiscard]] Tensor relu_grad(Tensor dy, const Tensor& y);
/// dy · y (1 − y), the gradient of sigmoid from its output.
[[nodiscard]] Tensor sigmoid_grad(Tensor dy, const Tensor& y);
/// dy · (1 − y²), the gradient of tanh from its output.
[[nodiscard]] Tensor tanh_grad(Tensor dy, const Tensor& y);
/// Of these the one of an epilogue; dy itself without one.
[[nodiscard]] Tensor epilogue_grad(Tensor dy, const Tensor& y, Epilogue f);

}  // namespace hourglass
