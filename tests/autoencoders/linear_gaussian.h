#pragma once

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <cmath>
#include <numbers>

namespace hourglass::autoencoders {

// x = W z + b + noise of variance s², the columns of W orthogonal: then p(x) = N(b, W Wᵀ + s² 1), and the
// posterior is N(M⁻¹ Wᵀ (x − b), s² M⁻¹) with the diagonal M = Wᵀ W + s² 1 (Tipping & Bishop 1999).
struct LinearGaussian {
  static constexpr double kVariance = 0.5;
  Tensor w = tensor({{1.0, 0.5}, {1.0, -0.5}, {-1.0, 0.5}, {1.0, 0.5}, {0.0, 1.0}}).to(float64);
  Tensor b = tensor({0.1, -0.2, 0.3, 0.0, 0.5}).to(float64);
  Tensor m = sum(square(w), 0) + kVariance;  // the diagonal of M

  [[nodiscard]] Tensor draw(std::int64_t n) const {
    Generator g(17);
    return matmul(normal({n, 2}, 0, 1, g, float64), transpose(w)) + b +
           normal({n, 5}, 0, std::sqrt(kVariance), g, float64);
  }

  // log p(x), by Woodbury's identity and the determinant lemma.
  [[nodiscard]] Tensor log_likelihood(const Tensor& x) const {
    const Tensor d = x - b, wd = matmul(d, w);
    const Tensor distance = (sum(square(d), 1) - sum(square(wd) / m, 1)) / kVariance;
    const double log_determinant = 3.0 * std::log(kVariance) + sum(log(m)).item();
    return (distance + (log_determinant + 5.0 * std::log(2.0 * std::numbers::pi))) * -0.5;
  }

  // The same model's halves, the encoder the exact posterior with its log variance changed by `off`.
  [[nodiscard]] Halves halves(double off = 0.0) const {
    nn::Dense encoder(5, 4, {.dtype = float64}), decoder(2, 5, {.dtype = float64});
    encoder.kernel.set_value(concat({w / m, zeros({5, 2}, float64)}, 1));
    encoder.bias->set_value(concat({-matmul(reshape(b, {1, 5}), w / m)[0], log(kVariance / m) + off}, 0));
    decoder.kernel.set_value(transpose(w).clone());
    decoder.bias->set_value(b);
    return {nn::Sequential{std::move(encoder)}, nn::Sequential{std::move(decoder)}};
  }
};

}  // namespace hourglass::autoencoders
