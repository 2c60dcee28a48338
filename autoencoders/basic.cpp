#include <hourglass/autoencoders/basic.h>
#include <hourglass/nn/dense.h>

namespace hourglass::autoencoders {

namespace {

nn::Sequential make_encoder(const BasicOptions& o) {
  nn::Sequential encoder;
  std::int64_t in = o.features;
  for (const std::int64_t width : o.hidden) {
    encoder.add(nn::Dense(in, width, {.activation = relu}));
    in = width;
  }
  const bool shallow = o.hidden.empty();
  encoder.add(
      nn::Dense(in, o.latent, {.activation = shallow ? nn::Activation(relu) : nn::Activation::linear}));
  return encoder;
}

nn::Sequential make_decoder(const BasicOptions& o) {
  nn::Sequential decoder;
  std::int64_t in = o.latent;
  for (auto width = o.hidden.rbegin(); width != o.hidden.rend(); ++width) {
    decoder.add(nn::Dense(in, *width, {.activation = relu}));
    in = *width;
  }
  const bool pixels = o.loss == ReconstructionLoss::mse;
  decoder.add(
      nn::Dense(in, o.features, {.activation = pixels ? nn::Activation(sigmoid) : nn::Activation::linear}));
  return decoder;
}

}  // namespace

BasicAutoencoder::BasicAutoencoder(const BasicOptions& options)
    : BasicAutoencoder(make_encoder(options), make_decoder(options), options.loss) {}

BasicAutoencoder::BasicAutoencoder(nn::Sequential own_encoder, nn::Sequential own_decoder,
                                   ReconstructionLoss loss)
    : encoder(std::move(own_encoder)), decoder(std::move(own_decoder)), loss_(loss) {}

Variable BasicAutoencoder::decode(const Variable& code) {
  const Variable y = decoder(code);
  return loss_ == ReconstructionLoss::bce ? sigmoid(y) : y;
}

Variable BasicAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Variable y = decoder(encoder(x));
    return loss_ == ReconstructionLoss::bce ? nn::binary_crossentropy(y, x, {.from_logits = true})
                                            : nn::mean_squared_error(y, x);
  });
}

}  // namespace hourglass::autoencoders
