// Samplers against known distributions; what diagnostics say of known codes.

#include "support/expect_error.h"

#include <hourglass/autoencoders/diagnostics.h>
#include <hourglass/autoencoders/sampler.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/sort.h>

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

namespace hourglass::autoencoders {
namespace {

double largest(const Tensor& x) { return max(abs(x)).item(); }

Tensor covariance(const Tensor& x) {
  const Tensor centred = x.to(float64) - mean(x.to(float64), 0);
  return matmul(transpose(centred), centred) / static_cast<double>(x.shape(0));
}

// Two numbers that hang together.
Tensor correlated(std::int64_t n) {
  const Tensor e = normal({n, 2}, 0.0, 1.0, default_generator(), float64);
  return matmul(e, tensor({{2.0, 1.0}, {0.0, 0.5}}, float64)) + tensor({3.0, -1.0}, float64);
}

TEST(Sampler, NormalHasMeanAndCovarianceOfTheCodes) {
  set_seed(1);
  const Tensor codes = correlated(2000);
  NormalSampler sampler;
  EXPECT_THROW_TEXT((void)sampler.sample(3), DataError, "it was not fitted");
  sampler.fit(codes);
  const Tensor drawn = sampler.sample(20000);
  EXPECT_EQ(drawn.dtype(), float64);
  EXPECT_LT(largest(mean(drawn, 0) - mean(codes, 0)), 0.05);
  EXPECT_LT(largest(covariance(drawn) - covariance(codes)), 0.15);
  // log N(x; μ, Σ) by Σ⁻¹ of two numbers.
  const Tensor c = covariance(codes), d = codes[0] - mean(codes, 0);
  const double a = c[0][0].item(), b = c[0][1].item(), e = c[1][1].item(), det = a * e - b * b;
  const double u = d[0].item(), v = d[1].item();
  const double by_hand = -0.5 * (e * u * u - 2.0 * b * u * v + a * v * v) / det - 0.5 * std::log(det) -
                         std::log(2.0 * std::numbers::pi);
  EXPECT_NEAR(sampler.log_density(slice(codes, 0, {0, 1})).item(), by_hand, 1e-9);
  EXPECT_EQ(sampler.sample(0).shape(), (Shape{0, 2}));
}

TEST(Sampler, MixtureFindsItsComponents) {
  set_seed(2);
  const Tensor centres = tensor({{-4.0, 0.0}, {4.0, 0.0}, {0.0, 6.0}}, float64);
  const Tensor which = multinomial(tensor({0.5, 0.3, 0.2}, float64), 3000, {.replacement = true});
  const Tensor codes = take(centres, which, 0) + normal({3000, 2}, 0.0, 0.7, default_generator(), float64);
  MixtureSampler sampler({.components = 3});
  sampler.fit(codes.to(float32));
  for (std::size_t i = 1; i < sampler.progress().size(); ++i)
    EXPECT_GE(sampler.progress()[i], sampler.progress()[i - 1] - 1e-9);
  for (std::int64_t k = 0; k < 3; ++k) {
    double nearest = 1e9;
    for (const Gaussian& g : sampler.components()) nearest = std::min(nearest, largest(g.mean - centres[k]));
    EXPECT_LT(nearest, 0.15);
  }
  EXPECT_LT(largest(sort(sampler.weights()) - tensor({0.2, 0.3, 0.5}, float64)), 0.03);
  const Tensor drawn = sampler.sample(3000);
  EXPECT_EQ(drawn.dtype(), float32);
  EXPECT_NEAR(mean(sampler.log_density(drawn)).item(), mean(sampler.log_density(codes)).item(), 0.1);
  NormalSampler one;
  one.fit(codes);
  EXPECT_GT(mean(sampler.log_density(codes)).item(), mean(one.log_density(codes)).item() + 0.5);
}

TEST(Sampler, MixtureTakesCodesThatAreEqualOrFlat) {
  set_seed(3);
  MixtureSampler sampler({.components = 2});
  sampler.fit(concat({ones({20, 3}), normal({20, 3}) * tensor({1.0, 0.0, 1.0})}, 0));
  EXPECT_TRUE(std::isfinite(sum(sampler.sample(50)).item()));
  EXPECT_THROW_TEXT(sampler.fit(zeros({1, 3})), ShapeError, "two examples at least, got shape (1, 3)");
  EXPECT_THROW_TEXT(sampler.fit(full({9, 3}, std::nan(""))), NotFiniteError, "not finite");
  EXPECT_THROW_TEXT(MixtureSampler({.components = 0}), DataError, "got 0 and 100");
  EXPECT_THROW_TEXT(MixtureSampler({.components = 50}).fit(zeros({9, 3})), DataError, "are too few for 50");
}

TEST(Sampler, TwoStageComesCloserThanOneGaussian) {
  set_seed(4);
  const Tensor angle = uniform({1500, 1}, 0.0, 2.0 * std::numbers::pi);
  const Tensor ring = concat({cos(angle), sin(angle)}, 1) + normal({1500, 2}, 0.0, 0.1);
  TwoStageSampler sampler({.hidden = {64, 64}, .epochs = 60, .batch_size = 64, .learning_rate = 3e-3});
  sampler.fit(ring);
  NormalSampler one;
  one.fit(ring);
  const auto spread = [](const Tensor& x) { return std(sqrt(sum(square(x), 1))).item(); };  // of the radius
  EXPECT_LT(spread(sampler.sample(1000)), 0.75 * spread(one.sample(1000)));
  EXPECT_GT(mean(sampler.log_density(slice(ring, 0, {0, 200}))).item(),
            mean(one.log_density(slice(ring, 0, {0, 200}))).item());
}

TEST(Diagnostics, CountWhatVariesAndMatchThePrior) {
  set_seed(5);
  const Tensor codes = normal({600, 4});
  EXPECT_EQ(active_units(codes * tensor({1.0, 0.05, 2.0, 0.0})), 2);
  EXPECT_TRUE(match_with_normal(codes).is_within());
  EXPECT_FALSE(match_with_normal(codes * 1.3).is_within());
  EXPECT_FALSE(match_with_normal(codes + 0.3).is_within());
  EXPECT_NEAR(match_with_normal(codes + 0.3).mean[0].item(), 0.3, 0.15);
  EXPECT_THROW_TEXT((void)match_with_normal(codes, 500, 5), DataError, "20 pairs at least, got 5");
}

TEST(Diagnostics, WarnOfACollapsedPosterior) {
  set_seed(6);
  const PosteriorUse alive = posterior_use(normal({100, 3}), full({100, 3}, -2.0));
  EXPECT_EQ(alive.collapsed, 0);
  EXPECT_EQ(alive.warning, "");
  // KL of N(0.5, 1): 0.125 nats.
  EXPECT_NEAR(posterior_use(full({9, 1}, 0.5), zeros({9, 1})).nats.item(), 0.125, 1e-6);
  const PosteriorUse dead = posterior_use(normal({100, 20}, 0.0, 0.01), zeros({100, 20}));
  EXPECT_EQ(dead.collapsed, 20);
  EXPECT_THAT(dead.warning, ::testing::HasSubstr("20 of 20 numbers of the code say nothing"));
}

TEST(Diagnostics, CompareSamplesWithData) {
  set_seed(7);
  nn::Sequential network{nn::Dense(5, 3)};
  const Tensor data = normal({300, 5});
  EXPECT_LT(std::abs(mmd_in_code(network, normal({300, 5}), data)), 0.01);
  EXPECT_GT(mmd_in_code(network, normal({300, 5}) * 0.2, data), 0.05);
  const Coverage even = class_coverage(tensor({0, 1, 2, 0, 1, 2}).to(int64), 3);
  EXPECT_EQ(even.missing, 0);
  EXPECT_NEAR(even.divergence, 0.0, 1e-12);
  const Coverage one = class_coverage(zeros({50}, int64), 4);
  EXPECT_EQ(one.missing, 3);
  EXPECT_NEAR(one.divergence, std::log(4.0), 1e-12);
  EXPECT_THROW_TEXT((void)class_coverage(zeros({0}, int64), 4), DataError, "there is no label");
}

}  // namespace
}  // namespace hourglass::autoencoders
