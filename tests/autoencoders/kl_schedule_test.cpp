// How the weight of the KL term goes over the steps of a training, and that a model file keeps it.

#include "support/expect_error.h"

#include <hourglass/autoencoders/variational.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

namespace hourglass::autoencoders {
namespace {

TEST(KLSchedule, RisesAsItsFormulaSays) {
  const KLSchedule none{}, warm_up{.steps = 10}, cyclic{.steps = 40, .cycles = 4, .rise = 0.5};
  EXPECT_EQ(share_at(none, 0), 1.0);
  for (std::int64_t t = 0; t < 10; ++t) EXPECT_DOUBLE_EQ(share_at(warm_up, t), 0.1 * static_cast<double>(t));
  EXPECT_EQ(share_at(warm_up, 10), 1.0);
  EXPECT_EQ(share_at(warm_up, 1'000'000), 1.0);
  // Fu et al. 2019, eq. 6: τ = mod(t, T/M) / (T/M), min(1, τ/R).
  const std::vector<double> cycle{0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 1.0, 1.0};
  for (std::int64_t t = 0; t < 40; ++t)
    EXPECT_NEAR(share_at(cyclic, t), cycle[static_cast<std::size_t>(t % 10)], 1e-12) << t;
  EXPECT_EQ(share_at(cyclic, 40), 1.0);
}

VariationalAutoencoder make(double beta, const KLSchedule& kl) {
  set_seed(3);
  return VariationalAutoencoder(
      {.features = 6, .hidden = {5}, .latent = 3, .beta = beta, .kl = kl, .dtype = float64});
}
Tensor rows() { return uniform({7, 6}, 0.0, 1.0, default_generator(), float64); }

// KL of each number of the code, by its definition.
std::vector<double> kl_by_numbers(VariationalAutoencoder& model, const Tensor& x) {
  const auto [mean, log_variance] = model.posterior(x);
  std::vector<double> out(3, 0.0);
  for (std::int64_t n = 0; n < x.shape(0); ++n) {
    for (std::int64_t j = 0; j < 3; ++j) {
      const double m = mean.value()[n][j].item(), l = log_variance.value()[n][j].item();
      out[static_cast<std::size_t>(j)] +=
          0.5 * (m * m + std::exp(l) - 1.0 - l) / static_cast<double>(x.shape(0));
    }
  }
  return out;
}

TEST(KLSchedule, WeighsByTheStepInTrainingAndWhollyInEvaluation) {
  VariationalAutoencoder model = make(2.0, {.steps = 4});
  const Tensor x = rows();
  for (const double weight : {0.0, 0.5, 1.0, 1.5, 2.0, 2.0}) {
    const Loss loss = model.loss(x);
    EXPECT_DOUBLE_EQ(loss.parts.at(0).weight, weight);
    EXPECT_DOUBLE_EQ(loss.total.item(), loss.reconstruction.item() + weight * loss.part("kl")->item());
    const nn::Evaluating evaluating(model);
    EXPECT_DOUBLE_EQ(model.loss(x).parts.at(0).weight, 2.0);
  }
}

TEST(KLSchedule, LeavesBitsFreeAndHoldsACapacity) {
  const Tensor x = rows();
  VariationalAutoencoder plain = make(1.5, {});
  const std::vector<double> kl = kl_by_numbers(plain, x);
  const double free_bits = 0.5 * (std::ranges::min(kl) + std::ranges::max(kl));
  VariationalAutoencoder free = make(1.5, {.free_bits = free_bits});
  double expected = 0.0;
  for (const double k : kl) expected += std::max(free_bits, k);
  Loss loss = free.loss(x);
  EXPECT_NEAR(loss.part("kl")->item(), kl[0] + kl[1] + kl[2], 1e-12);
  EXPECT_NEAR(loss.total.item() - loss.reconstruction.item(), 1.5 * expected, 1e-12);

  VariationalAutoencoder capacity = make(10.0, {.steps = 2, .capacity = 4.0});
  for (const double c : {0.0, 2.0, 4.0}) {
    loss = capacity.loss(x);
    EXPECT_NEAR(loss.part("capacity")->item(), std::abs(kl[0] + kl[1] + kl[2] - c), 1e-12);
    EXPECT_NEAR(loss.total.item(), loss.reconstruction.item() + 10.0 * loss.part("capacity")->item(), 1e-12);
  }
}

TEST(KLSchedule, SaysWhatIsOutOfRange) {
  EXPECT_THROW_TEXT((void)make(1.0, {.steps = -1}), DataError, "cannot rise 1 times in -1 steps");
  EXPECT_THROW_TEXT((void)make(1.0, {.steps = 3, .cycles = 4}), DataError, "give .cycles from 1 to .steps");
  EXPECT_THROW_TEXT((void)make(1.0, {.rise = 0.0}), DataError, ".rise must be in (0, 1], got 0");
  EXPECT_THROW_TEXT((void)make(1.0, {.free_bits = -1.0}), DataError, "none negative; 0 is without");
  EXPECT_THROW_TEXT((void)make(1.0, {.free_bits = 1.0, .capacity = 1.0}), DataError, "one may be positive");
}

}  // namespace
}  // namespace hourglass::autoencoders
