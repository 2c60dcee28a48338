#include <hourglass/autoencoders/recurrent_variational.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/layers/recurrent.h>

namespace hourglass::autoencoders {

namespace {

constexpr const char* kName = "RecurrentVariationalAutoencoder";

Halves halves_of(const RecurrentVariationalOptions& o) {
  return recurrent_halves({.steps = o.steps,
                           .features = o.features,
                           .units = o.units,
                           .latent = o.latent,
                           .heads = 2,
                           .cell = o.cell,
                           .bidirectional = o.bidirectional,
                           .dtype = o.dtype});
}

}  // namespace

RecurrentVariationalAutoencoder::RecurrentVariationalAutoencoder(const RecurrentVariationalOptions& options)
    : RecurrentVariationalAutoencoder(halves_of(options), options) {}

RecurrentVariationalAutoencoder::RecurrentVariationalAutoencoder(Halves halves,
                                                                 const RecurrentVariationalOptions& options)
    : WithOptions(kName, std::move(halves), options), kl_(kName, options.beta, options.kl) {}

Variable RecurrentVariationalAutoencoder::encoded(const Variable& x) {
  const StepsOf steps = steps_of(kName, x, options_.features);
  return steps.lengths ? nn::call_with_lengths(encoder, steps.x, *steps.lengths) : encoder(steps.x);
}

Loss RecurrentVariationalAutoencoder::loss(const Variable& x) {
  return run([&] {
    const StepsOf steps = steps_of(kName, x, options_.features);
    const auto [mean, log_variance] = posterior(x);
    const Variable y = rows_of(kName, decoder(reparameterize(mean, log_variance)), steps);
    const Variable nats = hourglass::mean(log_of_each(output(), y, steps)) * -1.0;
    Loss loss{.total = nats, .reconstruction = nats, .unit = "nats per example"};
    kl_.add_to(loss, mean, log_variance, is_training());
    return loss;
  });
}

Tensor RecurrentVariationalAutoencoder::log_likelihood(const Tensor& x, std::int64_t k) {
  const nn::Evaluating evaluating(*this);
  const StepsOf steps = steps_of(kName, x, options_.features);
  const Posterior q = posterior(x);
  return importance_bound(k, [&] {
    const auto [z, log_q] = draw(q);
    return log_of_each(output(), rows_of(kName, decoder(z), steps), steps) + log_prior(z) - log_q;
  });
}

Variable RecurrentVariationalAutoencoder::forward(const Variable& x) {
  const StepsOf steps = steps_of(kName, x, options_.features);
  return reshape(rows_of(kName, decode(encode(x)), steps), x.shape());
}

}  // namespace hourglass::autoencoders
