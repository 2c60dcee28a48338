// The variational autoencoder against a model whose likelihood is known, and under rough treatment.

#include "autoencoders/linear_gaussian.h"
#include "support/expect_error.h"

#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/summary.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

namespace hourglass::autoencoders {
namespace {

VariationalAutoencoder model_of(const LinearGaussian& truth, double off = 0.0) {
  return VariationalAutoencoder(truth.halves(off),
                                {.likelihood = Likelihood::gaussian, .variance = LinearGaussian::kVariance});
}

TEST(VariationalAutoencoder, ReachesTheKnownLikelihood) {
  const LinearGaussian truth;
  const Tensor x = truth.draw(200);
  const double exact = mean(truth.log_likelihood(x)).item();
  VariationalAutoencoder model = model_of(truth);
  set_seed(1);
  // With the exact posterior the bound is tight, and every importance weight is p(x) itself.
  for (const std::int64_t samples : {1, 10})
    EXPECT_LE(max(abs(model.log_likelihood(x, samples) - truth.log_likelihood(x))).item(), 1e-10);
  double elbo = 0.0;
  constexpr int kRounds = 3000;
  for (int i = 0; i < kRounds; ++i) elbo -= no_grad([&] { return model.loss(x).total.item(); }) / kRounds;
  EXPECT_NEAR(elbo, exact, 0.01);
}

TEST(VariationalAutoencoder, ShowsTheCodeInItsSummary) {
  VariationalAutoencoder model = model_of(LinearGaussian());
  const std::string table = nn::summary(model, {5}, float64);
  EXPECT_THAT(table, ::testing::HasSubstr("encoder.0 (Dense(5 -> 4))"));
  EXPECT_THAT(table, ::testing::HasSubstr("(None, 5)"));
  EXPECT_THAT(table, ::testing::HasSubstr("(not called)"));  // a reconstruction takes the mean: no sampling
}

TEST(VariationalAutoencoder, ImportanceBoundRisesWithTheSamples) {
  const LinearGaussian truth;
  const Tensor x = truth.draw(500);
  const double exact = mean(truth.log_likelihood(x)).item();
  VariationalAutoencoder model = model_of(truth, 1.0);  // codes too far spread
  set_seed(2);
  double last = -1e9;
  for (const std::int64_t samples : {1, 5, 50, 1000}) {
    const double bound = mean(model.log_likelihood(x, samples)).item();
    EXPECT_GT(bound, last) << samples << " samples";
    last = bound;
  }
  EXPECT_NEAR(last, exact, 0.01);
  EXPECT_THROW_TEXT((void)model.log_likelihood(x, 0), DataError,
                    "log_likelihood: needs at least one sample, got 0; 50 give a close bound");
}

TEST(VariationalAutoencoder, LearnsTheLinearModel) {
  const LinearGaussian truth;
  const Tensor x = truth.draw(2000);
  VariationalAutoencoder model({nn::Sequential{nn::Dense(5, 4, {.dtype = float64})},
                                nn::Sequential{nn::Dense(2, 5, {.dtype = float64})}},
                               {.likelihood = Likelihood::gaussian, .variance = LinearGaussian::kVariance});
  set_seed(3);
  optim::Adam adam({.learning_rate = 0.02});
  for (int step = 0; step < 1500; ++step) {
    if (step == 1000) adam.set_learning_rate(0.002);
    backward(model.loss(x).total);
    adam.step(nn::parameters(model));
  }
  // As likely as the truth, or a little more: it is fitted to these very numbers.
  const double exact = mean(truth.log_likelihood(x)).item();
  EXPECT_NEAR(mean(model.log_likelihood(x, 20)).item(), exact, 0.02);
}

// Steps with a learning rate anywhere from sensible to absurd: fit throws if the loss is not a finite number.
template <class Make>
void train_roughly(int runs, std::int64_t features, Make make) {
  for (int run = 0; run < runs; ++run) {
    set_seed(static_cast<std::uint64_t>(run));
    VariationalAutoencoder model = make(run);
    const data::Batches images(uniform({32, features}), {.batch_size = 16});
    optim::Adam adam({.learning_rate = std::pow(10.0, -5.0 + 4.0 * run / (runs - 1))});
    const auto loss = [&](const data::Batch& b) -> Variable { return model.loss(b.x); };
    ASSERT_NO_THROW(
        (void)training::fit(model, adam, loss, images, {.epochs = 15, .verbose = training::Verbose::silent}))
        << "run " << run;
    ASSERT_TRUE(all_finite(model.reconstruct(uniform({4, features})).value()));
  }
}

TEST(VariationalAutoencoder, StaysFiniteAtAnyLearningRate) {
  train_roughly(160, 36, [](int run) {
    return VariationalAutoencoder(
        {.features = 36, .hidden = {20}, .latent = 1 + run % 8, .beta = run % 3 * 1.0});
  });
  train_roughly(40, 64, [](int run) {
    return VariationalAutoencoder(strided_halves({.image = 8, .latent = 1 + run % 4, .heads = 2}));
  });
}

TEST(VariationalAutoencoder, RefusesImagesThatWereNotScaled) {
  VariationalAutoencoder model({.features = 16, .hidden = {8}, .latent = 2});
  EXPECT_THROW_TEXT((void)model.loss(uniform({4, 16}, 0.0, 255.0)), DataError,
                    "binary_crossentropy: targets must be in [0, 1]");
}

TEST(VariationalAutoencoder, SamplesAndInterpolates) {
  set_seed(5);
  VariationalAutoencoder model({.features = 16, .hidden = {8}, .latent = 2});
  EXPECT_EQ(model.sample(7).shape(), (Shape{7, 16}));
  const Tensor x = uniform({2, 16}), way = model.interpolate(x[0], x[1], 5);
  EXPECT_EQ(way.shape(), (Shape{5, 16}));
  EXPECT_LE(max(abs(way[0] - reconstruct(model, x)[0])).item(), 1e-6);
  EXPECT_LE(max(abs(way[4] - reconstruct(model, x)[1])).item(), 1e-6);
  EXPECT_THROW_TEXT((void)model.interpolate(x[0], x[1], 1), DataError, "needs at least two steps, got 1");
}

TEST(VariationalAutoencoder, KnowsTheSizeOfItsCodes) {
  EXPECT_EQ(VariationalAutoencoder(strided_halves({.image = 8, .latent = 3, .heads = 2})).sample(2).shape(),
            (Shape{2, 64}));
  // Of one's own: seen from a Dense that begins the decoder, however deep, else told.
  const auto encoder = [] { return nn::Sequential{nn::Dense(4, 6)}; };
  VariationalAutoencoder seen({encoder(), nn::Sequential{nn::Sequential{nn::Dense(3, 4)}, relu}});
  EXPECT_EQ(seen.sample(5).shape(), (Shape{5, 4}));
  EXPECT_EQ(seen.sample(0).shape(), (Shape{0, 4}));
  const auto decoder = [] { return nn::Sequential{tanh, nn::Dense(3, 4)}; };
  EXPECT_EQ(VariationalAutoencoder({encoder(), decoder(), 3}).sample(5).shape(), (Shape{5, 4}));
  VariationalAutoencoder untold({encoder(), decoder()});
  EXPECT_EQ(untold.reconstruct(uniform({2, 4})).shape(), (Shape{2, 4}));
  EXPECT_THROW_TEXT((void)untold.sample(5), DataError,
                    "say it with Halves{.encoder = …, .decoder = …, .latent = …}");
}

TEST(VariationalAutoencoder, SaysWhatDoesNotFit) {
  VariationalAutoencoder odd({nn::Sequential{nn::Dense(4, 3)}, nn::Sequential{nn::Dense(1, 4)}});
  EXPECT_THROW_TEXT((void)odd.loss(uniform({2, 4})), ShapeError,
                    "the encoder must give mean and log variance, (N, 2 L), but gave (2, 3)");
  EXPECT_THROW_TEXT((void)VariationalAutoencoder({.variance = 0.0}), DataError,
                    "the variance must be positive");
  EXPECT_THROW_TEXT((void)VariationalAutoencoder({.beta = -1.0}), DataError, "beta must not be negative");
}

}  // namespace
}  // namespace hourglass::autoencoders
