#include <hourglass/autoencoders/flow_posterior.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

namespace {

using Options = FlowPosteriorOptions;

template <class Step>
std::vector<Step> make(const Options& o, Options::Kind kind, std::int64_t latent) {
  if (o.steps < 0 || latent < 1)
    throw DataError(
        "FlowPosteriorAutoencoder: cannot take {} steps with codes of {} numbers; 4 steps are usual, and "
        "Halves{{.latent = …}} says how many numbers a code has",
        o.steps, latent);
  std::vector<Step> out;
  for (std::int64_t i = 0; o.flow == kind && i < o.steps; ++i)
    out.emplace_back(FlowConfig{.latent = latent, .width = o.width, .dtype = o.dtype});
  return out;
}

}  // namespace

FlowPosteriorAutoencoder::FlowPosteriorAutoencoder(const Options& options)
    : FlowPosteriorAutoencoder(
          dense_halves_of(options, checked_product("FlowPosteriorAutoencoder", 3, options.latent),
                          options.latent),
          options) {}

FlowPosteriorAutoencoder::FlowPosteriorAutoencoder(Halves halves, const Options& options)
    : WithOptions("FlowPosteriorAutoencoder", std::move(halves), options),
      planar(make<PlanarFlow>(options, Options::Kind::planar, latent())),
      autoregressive(
          make<InverseAutoregressiveFlow>(options, Options::Kind::inverse_autoregressive, latent())) {
  expect_weight("FlowPosteriorAutoencoder", options.beta);
}

FlowPosteriorAutoencoder::Posterior FlowPosteriorAutoencoder::posterior(const Variable& x) {
  const Variable all = encoder(x);
  const std::int64_t l = latent();
  if (all.rank() != 2 || all.shape(1) != 3 * l)
    throw ShapeError(
        "FlowPosteriorAutoencoder: the encoder must give mean, log variance and context, (N, {}), but gave "
        "{}; let its last layer have three times as many outputs as the code",
        3 * l, all.shape());
  return {slice(all, 1, {0, l}), clip(slice(all, 1, {l, 2 * l}), nn::kLeastLogVariance, nn::kMostLogVariance),
          slice(all, 1, {2 * l, 3 * l})};
}

std::vector<Flow*> FlowPosteriorAutoencoder::flows() {
  std::vector<Flow*> out;
  for (PlanarFlow& flow : planar) out.push_back(&flow);
  for (InverseAutoregressiveFlow& flow : autoregressive) out.push_back(&flow);
  return out;
}

FlowPosteriorAutoencoder::Draw FlowPosteriorAutoencoder::draw(const Posterior& q) {
  const Tensor e = normal(q.mean.shape(), 0.0, 1.0, default_generator(), q.mean.dtype());
  Draw out{q.mean + exp(q.log_variance * 0.5) * e, log_standard_normal(e) - sum(q.log_variance, 1) * 0.5};
  for (Flow* const flow : flows()) {
    const Flow::Step step = (*flow)(out.z, q.context);
    out = {step.z, out.log_q - step.log_det};
  }
  return out;
}

Variable FlowPosteriorAutoencoder::encode(const Variable& x) {
  const Posterior q = posterior(x);
  Variable z = q.mean;
  for (Flow* const flow : flows()) z = (*flow)(z, q.context).z;
  return z;
}

Loss FlowPosteriorAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto [z, log_q] = draw(posterior(x));
    Loss loss = reconstruction_of(decoder(z), x);
    loss.add("kl", mean(log_q - log_standard_normal(z)), options_.beta);
    return loss;
  });
}

Tensor FlowPosteriorAutoencoder::log_likelihood(const Tensor& x, std::int64_t k) {
  const nn::Evaluating evaluating(*this);
  const Posterior q = posterior(x);
  return importance_bound(k, [&] {
    const auto [z, log_q] = draw(q);
    return output().log_of_each(decoder(z), x) + log_standard_normal(z) - log_q;
  });
}

Tensor FlowPosteriorAutoencoder::draw_prior(std::int64_t n, DType dtype) {
  return normal({n, latent()}, 0.0, 1.0, default_generator(), dtype);
}

}  // namespace hourglass::autoencoders
