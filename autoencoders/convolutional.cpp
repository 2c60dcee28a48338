#include <hourglass/autoencoders/convolutional.h>

namespace hourglass::autoencoders {

namespace {

Halves make_halves(const ConvolutionalOptions& o) {
  if (o.architecture == ConvolutionalOptions::Architecture::pooled)
    return pooled_halves(o.image, output_for(o.loss), o.dtype);
  return strided_halves({.image = o.image, .code = o.latent, .output = output_for(o.loss), .dtype = o.dtype});
}

}  // namespace

ConvolutionalAutoencoder::ConvolutionalAutoencoder(const ConvolutionalOptions& options)
    : ConvolutionalAutoencoder(make_halves(options), options.loss) {}

ConvolutionalAutoencoder::ConvolutionalAutoencoder(Halves halves, ReconstructionLoss loss)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), loss_(loss) {}

Loss ConvolutionalAutoencoder::loss(const Variable& x) {
  return run([&] { return reconstruction_loss(loss_, decoder(encoder(x)), x); });
}

}  // namespace hourglass::autoencoders
