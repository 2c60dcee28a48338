#include <hourglass/autoencoders/convolutional_1d.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::autoencoders {

namespace {

constexpr const char* kName = "Convolutional1DAutoencoder";

Halves halves_of(const Convolutional1DOptions& o) {
  if (o.steps < 4 || o.steps % 4 != 0)
    throw ShapeError("{}: the number of steps must be a multiple of 4, got {}; pad the sequences with nan",
                     kName, o.steps);
  constexpr Padding same = Padding::same;
  const std::int64_t twice = checked_product(kName, 2, o.filters),
                     features = checked_product(kName, o.steps / 4, twice);
  const auto down = [&](std::int64_t in, std::int64_t out) {
    return nn::Conv1D(
        in, out, {.kernel = o.kernel, .stride = 2, .padding = same, .activation = relu, .dtype = o.dtype});
  };
  const auto up = [&](std::int64_t in, std::int64_t out, const nn::Activation& f) {
    return nn::Conv1DTranspose(
        in, out, {.kernel = o.kernel, .stride = 2, .padding = same, .activation = f, .dtype = o.dtype});
  };
  return {
      nn::Sequential{nn::Reshape({o.steps, o.features}), down(o.features, o.filters), down(o.filters, twice),
                     nn::Flatten(), nn::Dense(features, o.latent, {.dtype = o.dtype})},
      nn::Sequential{nn::Dense(o.latent, features, {.activation = relu, .dtype = o.dtype}),
                     nn::Reshape({o.steps / 4, twice}), up(twice, o.filters, relu),
                     up(o.filters, o.features, nn::Activation::linear), nn::Flatten()},
      o.latent};
}

}  // namespace

Convolutional1DAutoencoder::Convolutional1DAutoencoder(const Convolutional1DOptions& options)
    : Convolutional1DAutoencoder(halves_of(options), options) {}

Convolutional1DAutoencoder::Convolutional1DAutoencoder(Halves halves, const Convolutional1DOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {}

StepsOf Convolutional1DAutoencoder::steps_in(const Variable& x) const {
  return steps_of(kName, x, options_.features);
}

Loss Convolutional1DAutoencoder::loss(const Variable& x) {
  return run([&] {
    const StepsOf steps = steps_in(x);
    return reconstruction_loss(options_.loss, rows_of(kName, decoder(encoder(steps.x)), steps), steps);
  });
}

Variable Convolutional1DAutoencoder::forward(const Variable& x) {
  return reshape(rows_of(kName, decode(encode(x)), steps_in(x)), x.shape());
}

}  // namespace hourglass::autoencoders
