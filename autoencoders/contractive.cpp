#include <hourglass/autoencoders/contractive.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::autoencoders {

namespace {

// f'(z) by h = f(z), of the activations that have a closed form here; else none.
std::optional<Variable> slope(const nn::Dense& layer, const Variable& h) {
  const std::string f = layer.config().options.activation.name();
  if (f == "sigmoid") return h * (1.0 - h);
  if (f == "tanh") return 1.0 - square(h);
  return std::nullopt;
}

}  // namespace

ContractiveAutoencoder::ContractiveAutoencoder(const ContractiveOptions& options)
    : ContractiveAutoencoder(plain_halves_of(options, sigmoid), options) {}

ContractiveAutoencoder::ContractiveAutoencoder(Halves halves, const ContractiveOptions& options)
    : TwoHalves(std::move(halves), options) {
  if (!(options.strength >= 0.0)) {
    throw DataError("ContractiveAutoencoder: the strength must not be negative, got {}; 0 does without",
                    options.strength);
  }
}

Variable ContractiveAutoencoder::contraction(const Variable& x, const Variable& code) {
  if (encoder.size() == 1 && x.rank() == 2) {
    const auto* const layer = dynamic_cast<const nn::Dense*>(&encoder[0]);
    if (const auto df = layer ? slope(*layer, code) : std::nullopt)
      return mean(sum(square(*df) * sum(square(layer->kernel), 0), 1));
  }
  return squared_jacobian_norm([&](const Variable& v) { return encoder(v); }, x, options_.jacobian);
}

Loss ContractiveAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Variable code = encoder(x);
    Loss loss = reconstruction_loss(options_.loss, decoder(code), x);
    loss.add("contraction", contraction(x, code), options_.strength);
    return loss;
  });
}

}  // namespace hourglass::autoencoders
