#include <hourglass/autoencoders/basic.h>
#include <hourglass/nn/layers/tied_dense.h>

namespace hourglass::autoencoders {

namespace {

// A decoder that mirrors the encoder with its kernels transposed.
nn::Sequential transposed(nn::Sequential& encoder, const nn::Activation& last) {
  nn::Sequential decoder;
  for (std::int64_t i = std::ssize(encoder) - 1; i >= 0; --i) {
    const nn::Activation f = i > 0 ? nn::Activation(relu) : last;
    decoder.add(nn::TiedDense(encoder.get<nn::Dense>(i), {.activation = f}));
  }
  return decoder;
}

Halves make_halves(const BasicOptions& o) {
  const nn::Activation last = output_activation_for(o.loss, o.output_activation);
  Halves halves =
      dense_halves({.features = o.features,
                    .hidden = o.hidden,
                    .latent = o.latent,
                    .latent_activation = o.hidden.empty() ? nn::Activation(relu) : nn::Activation::linear,
                    .output_activation = last,
                    .dtype = o.dtype});
  if (o.tied) halves.decoder = transposed(halves.encoder, last);
  return halves;
}

}  // namespace

BasicAutoencoder::BasicAutoencoder(const BasicOptions& options)
    : BasicAutoencoder(make_halves(options), options) {}

BasicAutoencoder::BasicAutoencoder(Halves halves, const BasicOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {}

Loss BasicAutoencoder::loss(const Variable& x) {
  return run([&] { return reconstruction_loss(options_.loss, decoder(encoder(x)), x); });
}

}  // namespace hourglass::autoencoders
