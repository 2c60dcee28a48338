// The parts of the losses of the variational family by their definitions, and labels.

#include "support/expect_error.h"

#include <hourglass/autoencoders/beta_tc.h>
#include <hourglass/autoencoders/conditional.h>
#include <hourglass/autoencoders/dip.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/vamp_prior.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

namespace hourglass::autoencoders {
namespace {

Tensor rows(std::int64_t n) { return uniform({n, 6}, 0.0, 1.0, default_generator(), float64); }
double at(const Variable& x, std::int64_t i, std::int64_t j) { return x.value()[i][j].item(); }
double log_normal(double z, double m, double l) {
  return -0.5 * (std::log(2.0 * std::numbers::pi) + l + (z - m) * (z - m) * std::exp(-l));
}

TEST(BetaTC, TakesTheKLApart) {
  set_seed(1);
  BetaTCAutoencoder model({.features = 6, .hidden = {5}, .latent = 2, .examples = 100, .dtype = float64});
  constexpr std::int64_t kCount = 5;
  const Tensor x = rows(kCount);
  set_seed(2);
  const Loss loss = model.loss(x);
  set_seed(2);
  const auto [mean, log_variance] = model.posterior(x);
  const Variable z = model.reparameterize(mean, log_variance);
  double mi = 0.0, tc = 0.0, rest = 0.0;
  for (std::int64_t i = 0; i < kCount; ++i) {
    double joint = 0.0, own = 0.0, prior = 0.0;
    std::vector<double> each(2, 0.0);
    for (std::int64_t m = 0; m < kCount; ++m) {
      double both = 0.0;
      for (std::int64_t j = 0; j < 2; ++j) {
        const double l = log_normal(at(z, i, j), at(mean, m, j), at(log_variance, m, j));
        both += l;
        each[static_cast<std::size_t>(j)] += std::exp(l) / (100.0 * kCount);
      }
      joint += std::exp(both) / (100.0 * kCount);
      if (m == i) own = both;
    }
    for (std::int64_t j = 0; j < 2; ++j) prior += log_normal(at(z, i, j), 0.0, 0.0);
    const double product = std::log(each[0]) + std::log(each[1]);
    mi += (own - std::log(joint)) / kCount;
    tc += (std::log(joint) - product) / kCount;
    rest += (product - prior) / kCount;
  }
  EXPECT_NEAR(loss.part("mutual_information")->item(), mi, 1e-10);
  EXPECT_NEAR(loss.part("total_correlation")->item(), tc, 1e-10);
  EXPECT_NEAR(loss.part("dimension_wise_kl")->item(), rest, 1e-10);
  EXPECT_NEAR(loss.total.item(), loss.reconstruction.item() + mi + 6.0 * tc + rest, 1e-10);
  EXPECT_THROW_TEXT((void)BetaTCAutoencoder({.beta = -1.0}), DataError, "must not be negative, got -1");
  EXPECT_THROW_TEXT((void)BetaTCAutoencoder({.examples = -1}), DataError, "cannot have -1 examples");
}

TEST(DIP, HoldsTheCovarianceOfTheCodesAgainstTheIdentity) {
  using Covariance = DIPOptions::Covariance;
  for (const Covariance which : {Covariance::of_means, Covariance::of_codes}) {
    set_seed(3);
    DIPAutoencoder model({.features = 6,
                          .hidden = {5},
                          .latent = 3,
                          .covariance = which,
                          .off_diagonal = 2.0,
                          .dtype = float64});
    constexpr std::int64_t kCount = 7;
    const Tensor x = rows(kCount);
    const auto [mean, log_variance] = model.posterior(x);
    double off = 0.0, on = 0.0;
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t j = 0; j < 3; ++j) {
        double ij = 0.0, of_i = 0.0, of_j = 0.0, spread = 0.0;
        for (std::int64_t n = 0; n < kCount; ++n) {
          ij += at(mean, n, i) * at(mean, n, j) / kCount;
          of_i += at(mean, n, i) / kCount, of_j += at(mean, n, j) / kCount;
          spread += std::exp(at(log_variance, n, i)) / kCount;
        }
        const double c = ij - of_i * of_j + (i == j && which == Covariance::of_codes ? spread : 0.0);
        (i == j ? on : off) += i == j ? (c - 1.0) * (c - 1.0) : c * c;
      }
    }
    const Loss loss = model.loss(x);
    EXPECT_NEAR(loss.part("off_diagonal")->item(), off, 1e-12);
    EXPECT_NEAR(loss.part("diagonal")->item(), on, 1e-12);
    EXPECT_EQ(loss.parts.at(1).weight, 2.0);
    EXPECT_EQ(loss.parts.at(2).weight, which == Covariance::of_means ? 20.0 : 2.0);
  }
}

TEST(VampPrior, IsTheMixtureOfTheCodesOfItsPseudoInputs) {
  set_seed(4);
  VampPriorAutoencoder model(
      {.features = 6, .hidden = {5}, .latent = 2, .pseudo_inputs = 3, .dtype = float64});
  const Tensor x = rows(4);
  const auto [mean, log_variance] = model.posterior(x);
  const auto [of_u, spread_of_u] = model.posterior(model.pseudo_examples());
  set_seed(5);
  const Variable z = model.reparameterize(mean, log_variance);
  double kl = 0.0;
  for (std::int64_t i = 0; i < 4; ++i) {
    double q = 0.0, p = 0.0;
    for (std::int64_t j = 0; j < 2; ++j) q += log_normal(at(z, i, j), at(mean, i, j), at(log_variance, i, j));
    for (std::int64_t k = 0; k < 3; ++k) {
      double log_p = 0.0;
      for (std::int64_t j = 0; j < 2; ++j)
        log_p += log_normal(at(z, i, j), at(of_u, k, j), at(spread_of_u, k, j));
      p += std::exp(log_p) / 3.0;
    }
    kl += (q - std::log(p)) / 4.0;
  }
  set_seed(5);
  EXPECT_NEAR(model.loss(x).part("kl")->item(), kl, 1e-10);
  EXPECT_THROW_TEXT((void)VampPriorAutoencoder({.pseudo_inputs = 0}), ShapeError,
                    "at least one pseudo-input");
}

// Examples whose two halves say the label: 1 0 for one, 0 1 for the other, with noise.
data::Batch labelled(std::int64_t n) {
  const Tensor y = randint({n}, 0, 2), is_one = y.to(float32).view({n, 1}, {1, 0});
  const Tensor clean = concat({broadcast_to(is_one, {n, 3}), broadcast_to(1.0 - is_one, {n, 3})}, 1);
  return {0.1 + 0.8 * clean, y};
}

TEST(Conditional, MakesWhatIsAskedForAndSaysHowLikelyItIs) {
  for (const std::int64_t embedding : {0, 4}) {
    set_seed(6);
    ConditionalAutoencoder model(
        {.features = 6, .hidden = {16}, .latent = 2, .labels = 2, .embedding = embedding});
    const data::Batch all = labelled(256);
    const data::Batches batches(all.x, all.y, {.batch_size = 32, .shuffle = true});
    optim::Adam adam({.learning_rate = 1e-2});
    (void)training::fit(model, adam, [&](const data::Batch& b) { return model.loss_of_batch(b); }, batches,
                        {.epochs = 20, .verbose = training::Verbose::silent});
    const Tensor ones = model.sample_of(full({50}, 1.0, int64)),
                 zeroes = model.sample_of(full({50}, 0.0, int64));
    EXPECT_GT(min(mean(slice(ones, 1, {0, 3}), 0)).item(), 0.75);
    EXPECT_LT(max(mean(slice(zeroes, 1, {0, 3}), 0)).item(), 0.25);
    EXPECT_LT(reconstruction_mse(model, batches), 0.01);
    // Without labels it takes those that it finds most likely.
    EXPECT_EQ(max(abs(model.most_likely(all.x) - all.y)).item(), 0.0);
    EXPECT_EQ(max(abs(model.reconstruct(all.x).value() - model.reconstruct_batch(all).value())).item(), 0.0);
    // log p(x) = log ½ (p(x|0) + p(x|1)), of which the wrong label brings next to nothing.
    const data::Batch few = labelled(20);
    const Tensor right = model.log_likelihood_of_batch(few, 50);
    const Tensor wrong = model.log_likelihood_of_batch({few.x, 1.0 - few.y}, 50);
    EXPECT_GT(mean(right - wrong).item(), 2.0);
    EXPECT_NEAR(mean(model.log_likelihood(few.x, 50) - (right - std::log(2.0))).item(), 0.0, 0.15);
  }
}

TEST(Conditional, SaysWhereLabelsAreMissing) {
  ConditionalAutoencoder model({.features = 6, .hidden = {5}, .latent = 2, .labels = 3});
  const Tensor x = uniform({4, 6});
  EXPECT_THROW_TEXT((void)evaluate_loss(model, data::Batches(x)), ShapeError,
                    "a label for each of 4 examples, got targets of shape (0,)");
  EXPECT_THROW_TEXT((void)model.sample_of(full({2}, 3.0, int64)), IndexError, "3");
  EXPECT_THROW_TEXT((void)ConditionalAutoencoder({.labels = 0}), DataError, "got 0 labels");
  EXPECT_EQ(ConditionalAutoencoder({nn::Sequential{nn::Dense(9, 4)}, nn::Sequential{nn::Dense(5, 6)}},
                                   {.features = 6, .labels = 3})
                .options()
                .latent,
            2);
}

}  // namespace
}  // namespace hourglass::autoencoders
