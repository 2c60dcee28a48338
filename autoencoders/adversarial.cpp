#include <hourglass/autoencoders/adversarial.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

nn::Sequential dense_critic(std::int64_t inputs, const std::vector<std::int64_t>& widths, DType dtype) {
  nn::Sequential critic;
  for (const std::int64_t width : widths) {
    critic.add(nn::Dense(inputs, width, {.activation = relu, .dtype = dtype}));
    inputs = width;
  }
  critic.add(nn::Dense(inputs, 1, {.dtype = dtype}));
  return critic;
}

AdversarialAutoencoder::AdversarialAutoencoder(const AdversarialOptions& options)
    : AdversarialAutoencoder(plain_halves_of(options), options) {}

AdversarialAutoencoder::AdversarialAutoencoder(Halves halves, const AdversarialOptions& options)
    : TwoHalves(std::move(halves), options) {
  expect_code_size(options_.latent);
  critic = dense_critic(options_.latent, options.critic, options.dtype);
}

Variable AdversarialAutoencoder::critic_of(const Variable& code) {
  const Tensor drawn = normal(code.shape(), 0.0, 1.0, default_generator(), code.dtype());
  return verdict(critic(drawn), true) + verdict(critic(code), false);
}

Variable AdversarialAutoencoder::critic_loss(const Variable& x) {
  return run([&] { return critic_of(encoder(x)); });
}

Variable AdversarialAutoencoder::deceit_loss(const Variable& x) {
  return run([&] { return verdict(critic(encoder(x)), true); });
}

Loss AdversarialAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Variable code = encoder(x);
    Loss loss = reconstruction_loss(options_.loss, decoder(code), x);
    loss.add("critic", critic_of(code), 0.0);
    loss.add("deceit", verdict(critic(code), true), 0.0);
    return loss;
  });
}

std::vector<training::Phase<>> AdversarialAutoencoder::phases(
    const std::vector<optim::Optimizer*>& optimizers) {
  expect_optimizers(optimizers.size());
  return {{"autoencoder",
           optimizers[0],
           {"encoder", "decoder"},
           [this](const data::Batch& b) -> Variable {
             return reconstruction_loss(options_.loss, decoder(encoder(b.x)), b.x);
           }},
          {"critic", optimizers[1], {"critic"}, [this](const data::Batch& b) { return critic_loss(b.x); }},
          {"deceit", optimizers[2], {"encoder"}, [this](const data::Batch& b) { return deceit_loss(b.x); }}};
}

}  // namespace hourglass::autoencoders
