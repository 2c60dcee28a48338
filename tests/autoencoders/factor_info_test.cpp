// What a critic and a discrepancy add to the bound.

#include "support/expect_error.h"

#include <hourglass/autoencoders/factor.h>
#include <hourglass/autoencoders/info.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

#include <cmath>

namespace hourglass::autoencoders {
namespace {

// Codes (x, x) with noise of variance ¼, x ~ N(0, 1): correlated by ρ = 0.8, so KL(q(z) ‖ Π q(z_j)) is
// −½ log(1 − ρ²).
TEST(Factor, CriticEstimatesTheTotalCorrelation) {
  set_seed(1);
  nn::Dense encoder(1, 4);
  encoder.kernel.set_value(tensor({{1.0, 1.0, 0.0, 0.0}}));
  encoder.bias->set_value(tensor({0.0, 0.0, std::log(0.25), std::log(0.25)}));
  FactorAutoencoder model({nn::Sequential{std::move(encoder)}, nn::Sequential{nn::Dense(2, 1)}},
                          {.likelihood = Likelihood::gaussian, .critic = {32}});
  nn::set_trainable(model.encoder, false);
  nn::set_trainable(model.decoder, false);
  const data::Batches batches(normal({4096, 1}), {.batch_size = 256, .shuffle = true});
  optim::Adam unused, of_critic({.learning_rate = 1e-2});
  (void)training::fit(model, {model.phases({&unused, &of_critic})[1]}, batches,
                      {.epochs = 25, .verbose = training::Verbose::silent});
  const nn::Evaluating evaluating(model);
  const Loss loss = model.loss(normal({4096, 1}));
  EXPECT_NEAR(loss.part("total_correlation")->item(), -0.5 * std::log(1.0 - 0.64), 0.15);
  EXPECT_LT(loss.part("critic")->item(), std::log(2.0) - 0.05);
  EXPECT_EQ(loss.parts.at(1).weight, 10.0);
  EXPECT_EQ(loss.parts.at(2).weight, 0.0);
}

TEST(Factor, TrainsByTwoPhases) {
  set_seed(2);
  FactorAutoencoder model({.features = 6, .hidden = {8}, .latent = 2, .gamma = 0.1, .critic = {8}});
  const data::Batches batches(uniform({64, 6}), {.batch_size = 16});
  optim::Adam of_model({.learning_rate = 1e-2}), of_critic;
  const training::History history = training::fit(model, model.phases({&of_model, &of_critic}), batches,
                                                  {.epochs = 20, .verbose = training::Verbose::silent});
  EXPECT_LT(history.epochs.back().loss, history.epochs.front().loss);
  EXPECT_THROW_TEXT((void)model.phases({&of_model}), DataError, "trained by 2 optimizers in turn, got 1");
  EXPECT_THROW_TEXT((void)FactorAutoencoder({.gamma = -1.0}), DataError, "must not be negative, got -1");
}

TEST(Info, WeighsTheDivergenceAndTheDiscrepancy) {
  set_seed(3);
  InfoAutoencoder model(
      {.features = 6, .hidden = {5}, .latent = 2, .alpha = 0.25, .lambda = 20.0, .dtype = float64});
  const Tensor x = uniform({9, 6}, 0.0, 1.0, default_generator(), float64);
  set_seed(4);
  const Loss loss = model.loss(x);
  set_seed(4);
  const auto [mean, log_variance] = model.posterior(x);
  const Variable z = model.reparameterize(mean, log_variance);
  const Tensor prior = normal({9, 2}, 0.0, 1.0, default_generator(), float64);
  EXPECT_NEAR(loss.part("mmd")->item(), nn::maximum_mean_discrepancy(z, prior, model.options().mmd).item(),
              1e-12);
  EXPECT_EQ(loss.parts.at(0).weight, 0.75);
  EXPECT_EQ(loss.parts.at(1).weight, 19.25);
  EXPECT_THROW_TEXT((void)InfoAutoencoder({.alpha = 2.0}), DataError, "must not be negative, got -1");
  EXPECT_THROW_TEXT((void)InfoAutoencoder({.lambda = 0.5}), DataError, "must not be negative, got -0.5");
}

}  // namespace
}  // namespace hourglass::autoencoders
