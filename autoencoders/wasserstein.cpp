#include <hourglass/autoencoders/wasserstein.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

WassersteinAutoencoder::WassersteinAutoencoder(const WassersteinOptions& options)
    : WassersteinAutoencoder(plain_halves_of(options), options) {}

WassersteinAutoencoder::WassersteinAutoencoder(Halves halves, const WassersteinOptions& options)
    : TwoHalves(std::move(halves), options) {
  if (!(options.strength >= 0.0)) {
    throw DataError("WassersteinAutoencoder: the strength must not be negative, got {}; 0 does without",
                    options.strength);
  }
}

Loss WassersteinAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Variable code = encoder(x);
    Loss loss = reconstruction_loss(options_.loss, decoder(code), x);
    const Tensor drawn = normal(code.shape(), 0.0, 1.0, default_generator(), code.dtype());
    loss.add("mmd", nn::maximum_mean_discrepancy(code, drawn, options_.mmd), options_.strength);
    return loss;
  });
}

}  // namespace hourglass::autoencoders
