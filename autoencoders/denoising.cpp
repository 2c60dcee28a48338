#include <hourglass/autoencoders/denoising.h>

namespace hourglass::autoencoders {

DenoisingAutoencoder::DenoisingAutoencoder(const DenoisingOptions& options)
    : DenoisingAutoencoder(
          dense_halves({.features = options.features,
                        .hidden = options.hidden,
                        .latent = options.latent,
                        .latent_activation = relu,
                        .output_activation = output_activation_for(options.loss, options.output_activation),
                        .dtype = options.dtype}),
          options) {}

DenoisingAutoencoder::DenoisingAutoencoder(Halves halves, const DenoisingOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {}

Loss DenoisingAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Tensor corrupted = corrupt(x.value(), options_.corruption);
    return reconstruction_loss(options_.loss, decoder(encoder(corrupted)), x);
  });
}

}  // namespace hourglass::autoencoders
