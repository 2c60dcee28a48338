#include <hourglass/autoencoders/regularized.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::autoencoders {

RegularizedAutoencoder::RegularizedAutoencoder(const RegularizedOptions& options)
    : RegularizedAutoencoder(plain_halves_of(options), options) {}

RegularizedAutoencoder::RegularizedAutoencoder(Halves halves, const RegularizedOptions& options)
    : TwoHalves(std::move(halves), options) {
  if (!(options.beta >= 0.0 && options.strength >= 0.0)) {
    throw DataError(
        "RegularizedAutoencoder: beta and strength must not be negative, got {} and {}; 0 does "
        "without",
        options.beta, options.strength);
  }
}

Variable RegularizedAutoencoder::penalty(const Variable& code) {
  if (options_.penalty == RegularizedOptions::Penalty::gradient_penalty)
    return squared_jacobian_norm([&](const Variable& z) { return decode(z); }, code, options_.jacobian);
  Variable squares(zeros({}, code.dtype()));
  for (const NamedParameter& p : nn::parameters(decoder)) {
    if (p.variable.rank() > 1) squares += sum(square(p.variable));  // kernels, not biases
  }
  return squares;
}

Loss RegularizedAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Variable code = encoder(x);
    Loss loss = reconstruction_loss(options_.loss, decoder(code), x);
    loss.add("code", 0.5 * mean(sum(square(flatten(code, 1)), 1)), options_.beta);
    loss.add("decoder", penalty(code), options_.strength);
    return loss;
  });
}

}  // namespace hourglass::autoencoders
