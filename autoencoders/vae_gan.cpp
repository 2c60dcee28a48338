#include <hourglass/autoencoders/vae_gan.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

// What an example becomes: q(z|x), its reconstruction, an example from the prior, and h of x and x̃.
struct VaeGan::Made {
  GaussianKind::Posterior q;
  Variable reconstruction, drawn, likeness;  // the last is R
};

VaeGan::VaeGan(const VaeGanOptions& options)
    : VaeGan(dense_halves({.features = options.features,
                           .hidden = options.hidden,
                           .latent = options.latent,
                           .heads = 2,
                           .dtype = options.dtype}),
             options) {}

VaeGan::VaeGan(Halves halves, const VaeGanOptions& options) : options_(options) {
  options_.latent = code_size(halves);
  encoder = std::move(halves.encoder), decoder = std::move(halves.decoder);
  if (!(options.gamma >= 0.0))
    throw DataError("VaeGan: gamma must not be negative, got {}; 0.1 is a beginning", options.gamma);
  std::int64_t width = options.features;
  for (const std::int64_t next : options.critic) {
    critic.add(nn::Dense(width, next, {.activation = relu, .dtype = options.dtype}));
    width = next;
  }
  critic.add(nn::Dense(width, options.critic_features, {.activation = tanh, .dtype = options.dtype}));
  head.add(nn::Dense(options.critic_features, 1, {.dtype = options.dtype}));
}

VaeGan::Made VaeGan::make(const Variable& x) {
  const GaussianKind::Posterior q = split_posterior("VaeGan", encoder(x));
  const Tensor e = normal(q.mean.shape(), 0.0, 1.0, default_generator(), x.dtype());
  const Variable reconstruction = decode(reparameterize(q.mean, q.log_variance, e));
  const Variable drawn = decode(normal(q.mean.shape(), 0.0, 1.0, default_generator(), x.dtype()));
  const Variable likeness = 0.5 * nn::mean_squared_error(critic(reconstruction), critic(x),
                                                         {.reduction = nn::Reduction::batch_mean});
  return {q, reconstruction, drawn, likeness};
}

Variable VaeGan::encode(const Variable& x) { return split_posterior("VaeGan", encoder(x)).mean; }

Loss VaeGan::loss(const Variable& x) {
  return run([&] {
    const Made made = make(x);
    Loss loss{.total = made.likeness, .reconstruction = made.likeness, .unit = "nats per example"};
    loss.add("kl", nn::kl_to_standard_normal(made.q.mean, made.q.log_variance));
    return loss;
  });
}

Variable VaeGan::decoder_loss(const Variable& x) {
  return run([&] {
    const Made made = make(x);
    return options_.gamma * made.likeness + verdict(head(critic(made.reconstruction)), true) +
           verdict(head(critic(made.drawn)), true);
  });
}

Variable VaeGan::critic_loss(const Variable& x) {
  return run([&] {
    const Made made = make(x);
    return verdict(head(critic(x)), true) + verdict(head(critic(made.reconstruction)), false) +
           verdict(head(critic(made.drawn)), false);
  });
}

std::vector<training::Phase<>> VaeGan::phases(const std::vector<optim::Optimizer*>& optimizers) {
  expect_optimizers(optimizers.size());
  return {
      {"encoder", optimizers[0], {"encoder"}, [this](const data::Batch& b) -> Variable { return loss(b.x); }},
      {"decoder", optimizers[1], {"decoder"}, [this](const data::Batch& b) { return decoder_loss(b.x); }},
      {"critic", optimizers[2], {"critic", "verdict"}, [this](const data::Batch& b) {
         return critic_loss(b.x);
       }}};
}

}  // namespace hourglass::autoencoders
