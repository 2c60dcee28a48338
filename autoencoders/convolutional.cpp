#include <hourglass/autoencoders/convolutional.h>

namespace hourglass::autoencoders {

ConvolutionalAutoencoder::ConvolutionalAutoencoder(const ConvolutionalOptions& options)
    : ConvolutionalAutoencoder(pooled_halves({.image = options.image,
                                              .output_activation = output_activation_for(options.loss),
                                              .dtype = options.dtype}),
                               options) {}

ConvolutionalAutoencoder::ConvolutionalAutoencoder(Halves halves, const ConvolutionalOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {}

Loss ConvolutionalAutoencoder::loss(const Variable& x) {
  return run([&] { return reconstruction_loss(options_.loss, decoder(encoder(x)), x); });
}

}  // namespace hourglass::autoencoders
