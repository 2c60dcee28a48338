// Importance-weighted bounds where the likelihood is known, and the gradients that are not those of the
// value.

#include "autoencoders/linear_gaussian.h"
#include "support/expect_error.h"

#include <hourglass/autoencoders/importance_weighted.h>
#include <hourglass/autograd/backward.h>

#include <gmock/gmock.h>

namespace hourglass::autoencoders {
namespace {

using Options = ImportanceWeightedOptions;
using Objective = Options::Objective;

ImportanceWeightedAutoencoder make(double off, Options options) {
  options.likelihood = Likelihood::gaussian;
  options.variance = LinearGaussian::kVariance;
  return ImportanceWeightedAutoencoder(LinearGaussian().halves(off), options);
}

// The bound of these examples with noise of this seed.
double bound(double off, const Options& options, const Tensor& x) {
  ImportanceWeightedAutoencoder model = make(off, options);
  set_seed(4);
  return no_grad([&] { return -model.loss(x).total.item(); });
}

struct Gradients {
  Tensor encoder, decoder;  // of the kernels
};
Gradients gradients(double off, const Options& options, const Tensor& x, std::uint64_t seed) {
  ImportanceWeightedAutoencoder model = make(off, options);
  set_seed(seed);
  backward(model.loss(x).total);
  const auto of = [](nn::Sequential& half) { return half.get<nn::Dense>(0).kernel.gradient()->value(); };
  return {of(model.encoder), of(model.decoder)};
}
double largest(const Tensor& x) { return max(abs(x)).item(); }

TEST(ImportanceWeighted, BoundRisesWithTheSamplesAndReachesTheLikelihood) {
  const LinearGaussian truth;
  const Tensor x = truth.draw(500);
  const double exact = mean(truth.log_likelihood(x)).item();
  double last = -1e9;
  for (const std::int64_t k : {1, 5, 50, 1000}) {
    const double now = bound(1.0, {.samples = k}, x);
    EXPECT_GT(now, last) << k << " samples";
    last = now;
  }
  EXPECT_NEAR(last, exact, 0.02);
  // Of the same 12 samples: one group above several above the ELBO, and a mixture between.
  const double iwae = bound(1.0, {.samples = 12}, x),
               elbo = bound(1.0, {.objective = Objective::ciwae, .samples = 12, .beta = 1.0}, x);
  const double miwae = bound(1.0, {.objective = Objective::miwae, .samples = 4, .groups = 3}, x);
  const double ciwae = bound(1.0, {.objective = Objective::ciwae, .samples = 12, .beta = 0.3}, x);
  EXPECT_GT(iwae, miwae);
  EXPECT_GT(miwae, elbo);
  EXPECT_NEAR(ciwae, 0.3 * elbo + 0.7 * iwae, 1e-10);
  EXPECT_NEAR(bound(1.0, {.objective = Objective::piwae, .samples = 4, .groups = 3}, x), iwae, 1e-10);
  EXPECT_NEAR(bound(1.0, {.samples = 12, .doubly_reparameterized = true}, x), iwae, 1e-10);
  // With the exact posterior every weight is p(x).
  for (const Objective o : {Objective::iwae, Objective::ciwae, Objective::piwae})
    EXPECT_NEAR(bound(0.0, {.objective = o, .samples = 3}, x), exact, 1e-10);
}

TEST(ImportanceWeighted, DoublyReparameterizedGradientIsWithoutNoiseAtTheOptimum) {
  const Tensor x = LinearGaussian().draw(20);
  EXPECT_LT(largest(gradients(0.0, {.samples = 5, .doubly_reparameterized = true}, x, 1).encoder), 1e-12);
  EXPECT_GT(largest(gradients(0.0, {.samples = 5}, x, 1).encoder), 1e-2);
}

TEST(ImportanceWeighted, DoublyReparameterizedGradientHasTheSameMeanAndLessNoise) {
  const Tensor x = LinearGaussian().draw(40);
  for (const Options& plain :
       {Options{.samples = 4}, Options{.objective = Objective::miwae, .samples = 3, .groups = 2}}) {
    Options doubly = plain;
    doubly.doubly_reparameterized = true;
    constexpr int kRounds = 500;
    Tensor sum_plain = zeros({5, 4}, float64), sum_doubly = sum_plain, squares_plain = sum_plain,
           squares_doubly = sum_plain;
    for (int i = 0; i < kRounds; ++i) {
      const Gradients a = gradients(0.7, plain, x, static_cast<std::uint64_t>(i)),
                      b = gradients(0.7, doubly, x, static_cast<std::uint64_t>(i));
      EXPECT_LT(largest(a.decoder - b.decoder), 1e-10);
      sum_plain = sum_plain + a.encoder, sum_doubly = sum_doubly + b.encoder;
      squares_plain = squares_plain + square(a.encoder), squares_doubly = squares_doubly + square(b.encoder);
    }
    const Tensor of_plain = sum_plain / kRounds, of_doubly = sum_doubly / kRounds;
    const Tensor var_plain = squares_plain / kRounds - square(of_plain),
                 var_doubly = squares_doubly / kRounds - square(of_doubly);
    const Tensor z = (of_plain - of_doubly) / sqrt((var_plain + var_doubly) / kRounds);
    EXPECT_LT(largest(z), 4.5) << "standard errors";
    EXPECT_LT(sum(var_doubly).item(), 0.7 * sum(var_plain).item());
  }
}

TEST(ImportanceWeighted, PiwaeTeachesTheDecoderByIwaeAndTheEncoderByMiwae) {
  const Tensor x = LinearGaussian().draw(10);
  const Gradients piwae = gradients(0.7, {.objective = Objective::piwae, .samples = 4, .groups = 3}, x, 2);
  const Gradients iwae = gradients(0.7, {.samples = 12}, x, 2);
  const Gradients miwae = gradients(0.7, {.objective = Objective::miwae, .samples = 4, .groups = 3}, x, 2);
  EXPECT_LT(largest(piwae.decoder - iwae.decoder), 1e-10);
  EXPECT_LT(largest(piwae.encoder - miwae.encoder), 1e-10);
  EXPECT_GT(largest(piwae.encoder - iwae.encoder), 1e-3);
  EXPECT_GT(largest(piwae.decoder - miwae.decoder), 1e-3);
}

TEST(ImportanceWeighted, SaysWhichOptionsDoNotGoTogether) {
  EXPECT_THROW_TEXT((void)make(0.0, {.samples = 0}), DataError,
                    "needs a sample in a group at least, got 0 in 1");
  EXPECT_THROW_TEXT((void)make(0.0, {.groups = 2}), DataError,
                    "iwae has one group, got 2; miwae has several");
  EXPECT_THROW_TEXT((void)make(0.0, {.beta = 1.5}), DataError, "beta must be in [0, 1], got 1.5");
  EXPECT_THROW_TEXT((void)make(0.0, {.objective = Objective::ciwae, .doubly_reparameterized = true}),
                    DataError, "ciwae is not doubly reparameterized");
}

}  // namespace
}  // namespace hourglass::autoencoders
