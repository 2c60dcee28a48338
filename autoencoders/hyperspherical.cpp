#include <hourglass/autoencoders/hyperspherical.h>
#include <hourglass/autoencoders/internal/von_mises_fisher.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

namespace {

Variable cosines(const Variable& kappa, std::int64_t m) {
  return vmf::cosine(kappa, uniform(kappa.shape(), 0.0, 1.0, default_generator(), float64), m);
}

}  // namespace

HypersphericalAutoencoder::HypersphericalAutoencoder(const HypersphericalOptions& options)
    : HypersphericalAutoencoder(
          dense_halves_of(options, checked_sum("HypersphericalAutoencoder", options.latent, 1),
                          options.latent),
          options) {}

HypersphericalAutoencoder::HypersphericalAutoencoder(Halves halves, const HypersphericalOptions& options)
    : WithOptions("HypersphericalAutoencoder", std::move(halves), options) {
  expect_weight("HypersphericalAutoencoder", options.beta);
  if (latent() == 1)
    throw ShapeError(
        "HypersphericalAutoencoder: a sphere needs two dimensions at least, got a code of 1 number; try "
        ".latent = 3");
}

HypersphericalAutoencoder::Posterior HypersphericalAutoencoder::posterior(const Variable& x) {
  const Variable both = encoder(x);
  if (both.rank() != 2 || both.shape(1) < 3)
    throw ShapeError(
        "HypersphericalAutoencoder: the encoder must give a direction and its concentration, (N, m + 1), but "
        "gave {}; let its last layer have one output more than the code",
        both.shape());
  const std::int64_t m = both.shape(1) - 1;
  const Variable raw = slice(both, 1, {0, m});
  constexpr double kLeast = 1e-12, kMost = 1e4;
  const Variable square_length = sum(square(raw), 1, {.keepdims = true});
  // Where there is no direction, as behind units that are all dead, it is the first axis.
  const Tensor first = one_hot(zeros({both.shape(0)}, int64), m, both.dtype());
  const Variable mean =
      where(square_length.value() < kLeast, first, raw / sqrt(maximum(square_length, kLeast)));
  const Variable kappa = minimum(1.0 + softplus(reshape(slice(both, 1, {m, m + 1}), {both.shape(0)})), kMost);
  return {mean, kappa};
}

Loss HypersphericalAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto [mean, kappa] = posterior(x);
    const std::int64_t m = mean.shape(1);
    Loss loss = reconstruction_of(decoder(vmf::directions(mean, cosines(kappa, m))), x);
    loss.add("kl", hourglass::mean(vmf::kl_to_uniform(kappa, m)), options_.beta);
    return loss;
  });
}

Tensor HypersphericalAutoencoder::log_likelihood(const Tensor& x, std::int64_t k) {
  const nn::Evaluating evaluating(*this);
  const auto [mean, kappa] = posterior(x);
  const std::int64_t m = mean.shape(1);
  const Variable direction = mean, concentration = kappa, log_z = vmf::log_mean_exp(kappa, m);
  return importance_bound(k, [&] {
    const Variable w = cosines(concentration, m);
    // log p(z) / q(z|x) = log Z − κ w
    return output().log_of_each(decoder(vmf::directions(direction, w)), x) + log_z - concentration * w;
  });
}

Tensor HypersphericalAutoencoder::draw_prior(std::int64_t n, DType dtype) {
  return vmf::uniform_directions(n, latent(), dtype);
}

}  // namespace hourglass::autoencoders
