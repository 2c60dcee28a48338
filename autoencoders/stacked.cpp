#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/stacked.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/predict.h>

namespace hourglass::autoencoders {

namespace {

Halves sigmoid_halves(const StackedOptions& o) {
  std::vector<std::int64_t> widths{o.features};
  widths.insert(widths.end(), o.hidden.begin(), o.hidden.end());
  widths.push_back(o.latent);
  Halves halves;
  halves.latent = o.latent;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i)
    halves.encoder.add(nn::Dense(widths[i], widths[i + 1], {.activation = sigmoid, .dtype = o.dtype}));
  for (std::size_t i = widths.size() - 1; i > 0; --i) {
    const nn::Activation f = i > 1 ? nn::Activation(sigmoid) : output_activation_for(o.loss);
    halves.decoder.add(nn::Dense(widths[i], widths[i - 1], {.activation = f, .dtype = o.dtype}));
  }
  return halves;
}

}  // namespace

StackedDenoisingAutoencoder::StackedDenoisingAutoencoder(const StackedOptions& options)
    : StackedDenoisingAutoencoder(sigmoid_halves(options), options) {}

StackedDenoisingAutoencoder::StackedDenoisingAutoencoder(Halves halves, const StackedOptions& options)
    : TwoHalves(std::move(halves), options) {}

std::vector<training::History> StackedDenoisingAutoencoder::pretrain(
    const std::function<std::unique_ptr<optim::Optimizer>()>& make, const Tensor& x,
    const data::BatchOptions& batches, const training::FitOptions& options) {
  const std::int64_t layers = std::ssize(encoder);
  if (std::ssize(decoder) != layers) {
    throw DataError(
        "StackedDenoisingAutoencoder: the encoder has {} layers, the decoder {}; pretrain() needs one to "
        "undo "
        "each",
        layers, std::ssize(decoder));
  }
  std::vector<training::History> histories;
  Tensor below = x;
  for (std::int64_t i = 0; i < layers; ++i) {
    // The layers themselves: what trains them here has trained them in the stack.
    DenoisingAutoencoder layer(
        {encoder.range(i, i + 1), decoder.range(layers - 1 - i, layers - i)},
        {.corruption = options_.corruption, .loss = i == 0 ? options_.loss : ReconstructionLoss::mse});
    const data::Batches train(below, batches);
    const auto optimizer = make();
    const auto loss = [&](const data::Batch& b) -> Variable { return layer.loss(b.x); };
    histories.push_back(training::fit(layer, *optimizer, loss, train, options));
    data::BatchOptions in_order = batches;
    in_order.shuffle = in_order.drop_last = false;
    below = training::predict(layer.encoder, data::Batches(below, in_order));
  }
  return histories;
}

Loss StackedDenoisingAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Tensor corrupted = corrupt(x.value(), options_.corruption);
    return reconstruction_loss(options_.loss, decoder(encoder(corrupted)), x);
  });
}

}  // namespace hourglass::autoencoders
