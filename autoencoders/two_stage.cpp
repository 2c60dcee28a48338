#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/sampler.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/fit.h>

#include <cmath>

namespace hourglass::autoencoders {

// The second stage sees codes of mean 0 and variance 1.
struct TwoStageSampler::Fitted {
  Tensor mean, deviation;  // (1, d)
  VariationalAutoencoder model;
};

TwoStageSampler::TwoStageSampler(const TwoStageOptions& options) : options_(options) {}
TwoStageSampler::~TwoStageSampler() = default;

void TwoStageSampler::fit(const Tensor& codes) {
  NormalSampler check;
  check.fit(codes);  // throws for codes that cannot be fitted
  const Tensor x = codes.to(float32), centre = mean(x, 0, {.keepdims = true});
  const Tensor deviation = maximum(std(x, 0, {.keepdims = true}), 1e-6);
  const data::Batches batches((x - centre) / deviation, {.batch_size = options_.batch_size, .shuffle = true});
  const std::int64_t d = codes.shape(1);
  // Each stretch with the variance that the reconstructions of the last had, the best one for them. It begins
  // small: with that of the codes themselves, 1, the best posterior would be the prior, and stay so.
  double variance = 0.1;
  constexpr std::int64_t kStretches = 5;
  VariationalOptions o{
      .features = d, .hidden = options_.hidden, .latent = d, .likelihood = Likelihood::gaussian};
  Halves halves = dense_halves({.features = d, .hidden = o.hidden, .latent = d, .heads = 2});
  optim::Adam adam({.learning_rate = options_.learning_rate});
  for (std::int64_t i = 1; i <= kStretches; ++i) {
    o.variance = variance;
    // NOLINTNEXTLINE(bugprone-use-after-move): a stretch gives them back to the next
    VariationalAutoencoder model(std::move(halves), o);
    const auto loss = [&](const data::Batch& b) -> Variable { return model.loss(b.x); };
    (void)training::fit(model, adam, loss, batches,
                        {.epochs = options_.epochs * i / kStretches,
                         .verbose = training::Verbose::silent,
                         .initial_epoch = options_.epochs * (i - 1) / kStretches});
    variance = std::max(reconstruction_mse(model, batches), 1e-4);
    if (i == kStretches) {
      fitted_ = std::make_unique<Fitted>(Fitted{centre, deviation, std::move(model)});
    } else {
      halves = {std::move(model.encoder), std::move(model.decoder), d};
    }
  }
}

Tensor TwoStageSampler::sample(std::int64_t n) {
  if (!fitted_)
    throw DataError("TwoStageSampler: it was not fitted; give fit() the codes of the training examples");
  const Tensor means = fitted_->model.sample(n);
  const double deviation = std::sqrt(fitted_->model.options().variance);
  return (means + normal(means.shape(), 0.0, deviation)) * fitted_->deviation + fitted_->mean;
}

Tensor TwoStageSampler::log_density(const Tensor& codes) {
  if (!fitted_)
    throw DataError("TwoStageSampler: it was not fitted; give fit() the codes of the training examples");
  const Tensor scaled = (codes.to(float32) - fitted_->mean) / fitted_->deviation;
  return fitted_->model.log_likelihood(scaled, 50) - sum(log(fitted_->deviation)).item();
}

}  // namespace hourglass::autoencoders
