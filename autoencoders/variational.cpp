#include <hourglass/autoencoders/variational.h>

namespace hourglass::autoencoders {

VariationalAutoencoder::VariationalAutoencoder(const VariationalOptions& options)
    : VariationalAutoencoder(gaussian_halves_of(options), options) {}

VariationalAutoencoder::VariationalAutoencoder(Halves halves, const VariationalOptions& options)
    : WithOptions("VariationalAutoencoder", std::move(halves), options),
      kl_("VariationalAutoencoder", options.beta, options.kl) {}

Loss VariationalAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto [mean, log_variance] = posterior(x);
    Loss loss = reconstruction_of(decoder(reparameterize(mean, log_variance)), x);
    kl_.add_to(loss, mean, log_variance, is_training());
    return loss;
  });
}

}  // namespace hourglass::autoencoders
