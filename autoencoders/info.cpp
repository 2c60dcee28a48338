#include <hourglass/autoencoders/info.h>
#include <hourglass/nn/losses/divergences.h>

namespace hourglass::autoencoders {

InfoAutoencoder::InfoAutoencoder(const InfoOptions& options)
    : InfoAutoencoder(gaussian_halves_of(options), options) {}

InfoAutoencoder::InfoAutoencoder(Halves halves, const InfoOptions& options)
    : WithOptions("InfoAutoencoder", std::move(halves), options) {
  expect_weight("InfoAutoencoder", 1.0 - options.alpha);
  expect_weight("InfoAutoencoder", options.alpha + options.lambda - 1.0);
}

Loss InfoAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto [mean, log_variance] = posterior(x);
    const Variable z = reparameterize(mean, log_variance);
    Loss loss = reconstruction_of(decoder(z), x);
    loss.add("kl", nn::kl_to_standard_normal(mean, log_variance), 1.0 - options_.alpha);
    const Tensor prior = draw_prior(x.shape(0), x.dtype());
    loss.add("mmd", nn::maximum_mean_discrepancy(z, prior, options_.mmd),
             options_.alpha + options_.lambda - 1.0);
    return loss;
  });
}

}  // namespace hourglass::autoencoders
