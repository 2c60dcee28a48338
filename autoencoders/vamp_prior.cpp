#include <hourglass/autoencoders/vamp_prior.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/log_prob.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>

#include <cmath>

namespace hourglass::autoencoders {

namespace {

Tensor first_inputs(const VampPriorOptions& o) {
  if (o.pseudo_inputs < 1 || o.features < 1)
    throw ShapeError(
        "VampPriorAutoencoder: needs at least one pseudo-input of one feature, got {} of {}; 500 are usual",
        o.pseudo_inputs, o.features);
  return normal({o.pseudo_inputs, o.features}, 0.0, 1.0, default_generator(), o.dtype);
}

Variable clipped(const Variable& log_variance) {
  return clip(log_variance, nn::kLeastLogVariance, nn::kMostLogVariance);
}

}  // namespace

VampPriorAutoencoder::VampPriorAutoencoder(const VampPriorOptions& options)
    : VampPriorAutoencoder(gaussian_halves_of(options), options) {}

VampPriorAutoencoder::VampPriorAutoencoder(Halves halves, const VampPriorOptions& options)
    : WithOptions("VampPriorAutoencoder", std::move(halves), options),
      pseudo_inputs(Variable::parameter(first_inputs(options))) {
  expect_weight("VampPriorAutoencoder", options.beta);
}

Variable VampPriorAutoencoder::pseudo_examples() const { return output().mean(pseudo_inputs); }

Variable VampPriorAutoencoder::log_prior(const Variable& z) {
  const auto [mean, log_variance] = posterior(pseudo_examples());
  const std::int64_t n = z.shape(0), k = mean.shape(0), l = z.shape(1);
  const Variable each = normal_log_prob(reshape(z, {n, 1, l}), reshape(mean, {1, k, l}),
                                        reshape(clipped(log_variance), {1, k, l}));  // (N, K, L)
  return logsumexp(sum(each, 2), 1) - std::log(static_cast<double>(k));
}

Tensor VampPriorAutoencoder::draw_prior(std::int64_t n, DType /*dtype*/) {
  const Posterior components = posterior(pseudo_examples());
  const Tensor which = randint({n}, 0, components.mean.shape(0));
  return draw({take(components.mean, which), take(components.log_variance, which)}).z.value();
}

Loss VampPriorAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto [mean, log_variance] = posterior(x);
    const Variable z = reparameterize(mean, log_variance);
    Loss loss = reconstruction_of(decoder(z), x);
    const Variable log_q = sum(normal_log_prob(z, mean, clipped(log_variance)), 1);
    loss.add("kl", hourglass::mean(log_q - log_prior(z)), options_.beta);
    return loss;
  });
}

}  // namespace hourglass::autoencoders
