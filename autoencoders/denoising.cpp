#include <hourglass/autoencoders/denoising.h>

namespace hourglass::autoencoders {

DenoisingAutoencoder::DenoisingAutoencoder(Halves halves, const DenoisingOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {}

Loss DenoisingAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Tensor corrupted = corrupt(x.value(), options_.corruption);
    return reconstruction_loss(options_.loss, decoder(encoder(corrupted)), x);
  });
}

}  // namespace hourglass::autoencoders
