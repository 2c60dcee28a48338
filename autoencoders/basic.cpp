#include <hourglass/autoencoders/basic.h>
#include <hourglass/nn/layers/tied_dense.h>

namespace hourglass::autoencoders {

namespace {

// A decoder whose layers are those of the encoder turned around.
nn::Sequential turned(nn::Sequential& encoder, Output output) {
  nn::Sequential decoder;
  for (std::size_t i = encoder.size(); i-- > 1;)
    decoder.add(nn::TiedDense(dynamic_cast<nn::Dense&>(encoder[i]), {.activation = relu}));
  const nn::Activation last = output == Output::pixels ? nn::Activation(sigmoid) : nn::Activation::linear;
  decoder.add(nn::TiedDense(dynamic_cast<nn::Dense&>(encoder[0]), {.activation = last}));
  return decoder;
}

Halves make_halves(const BasicOptions& o) {
  Halves halves =
      dense_halves({.features = o.features,
                    .hidden = o.hidden,
                    .code = o.latent,
                    .code_activation = o.hidden.empty() ? nn::Activation(relu) : nn::Activation::linear,
                    .output = output_for(o.loss),
                    .dtype = o.dtype});
  if (o.tied) halves.decoder = turned(halves.encoder, output_for(o.loss));
  return halves;
}

}  // namespace

BasicAutoencoder::BasicAutoencoder(const BasicOptions& options)
    : BasicAutoencoder(make_halves(options), options.loss) {}

BasicAutoencoder::BasicAutoencoder(Halves halves, ReconstructionLoss loss)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), loss_(loss) {}

Loss BasicAutoencoder::loss(const Variable& x) {
  return run([&] { return reconstruction_loss(loss_, decoder(encoder(x)), x); });
}

}  // namespace hourglass::autoencoders
