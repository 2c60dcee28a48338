// The von Mises-Fisher distribution against closed forms, integrals in loops, and what is drawn.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autoencoders/hyperspherical.h>
#include <hourglass/autoencoders/internal/von_mises_fisher.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

namespace hourglass::autoencoders {
namespace {

Tensor vector(const std::vector<double>& values) {
  Tensor out = zeros({std::ssize(values)}, float64);
  for (std::size_t i = 0; i < values.size(); ++i) out.mutable_data<double>()[i] = values[i];
  return out;
}
const std::vector<double> kKappas{0.01, 0.5, 1.0, 3.0, 20.0, 300.0, 9000.0};

// KL(vMF ‖ uniform) = ∫ p log(p / u) over the angle, by many points.
double kl_by_integration(double kappa, std::int64_t m) {
  constexpr int kPoints = 100'000;
  double z = 0.0, surface = 0.0, cosine = 0.0;
  for (int i = 0; i < kPoints; ++i) {
    const double t = std::numbers::pi * (i + 0.5) / kPoints,
                 s = std::pow(std::sin(t), static_cast<double>(m - 2));
    const double p = s * std::exp(kappa * (std::cos(t) - 1.0));
    z += p, surface += s, cosine += p * std::cos(t);
  }
  return kappa * cosine / z - (std::log(z / surface) + kappa);
}

TEST(VonMisesFisher, KLIsThatOfNumericIntegration) {
  for (const std::int64_t m : {2, 3, 4, 10, 41}) {
    const Tensor kl = vmf::kl_to_uniform(vector(kKappas), m).value();
    for (std::size_t i = 0; i < kKappas.size(); ++i) {
      const double expected = kl_by_integration(kKappas[i], m);
      EXPECT_NEAR(kl[static_cast<std::int64_t>(i)].item(), expected, 1e-8 * std::max(1.0, expected))
          << "κ " << kKappas[i] << ", m " << m;
    }
  }
}

TEST(VonMisesFisher, HasTheClosedFormsOfThreeDimensions) {
  const Tensor a = vmf::mean_cosine(vector(kKappas), 3).value();
  for (std::size_t i = 0; i < kKappas.size(); ++i) {
    const double k = kKappas[i];
    EXPECT_NEAR(a[static_cast<std::int64_t>(i)].item(), 1.0 / std::tanh(k) - 1.0 / k, 1e-10) << k;
    for (const double u : {1e-6, 0.1, 0.5, 0.9, 1.0 - 1e-6}) {
      // The part u of the whole lies at larger cosines.
      const double w = 1.0 + std::log((1.0 - u) + u * std::exp(-2.0 * k)) / k;
      EXPECT_NEAR(vmf::cosine(vector({k}), vector({u}), 3).item(), w, 1e-10) << k << ", " << u;
    }
  }
}

TEST(VonMisesFisher, GradientsAreRight) {
  const Tensor kappa = vector({0.5, 1.0, 3.0, 20.0, 150.0}), u = vector({0.3, 0.01, 0.5, 0.7, 0.99});
  for (const std::int64_t m : {2, 3, 4, 10, 41}) {
    EXPECT_GRADIENTS(([m](const auto& x) { return vmf::mean_cosine(x[0], m); }), kappa);
    EXPECT_GRADIENTS(([m](const auto& x) { return vmf::log_mean_exp(x[0], m); }), kappa);
    EXPECT_GRADIENTS(([m](const auto& x) { return vmf::kl_to_uniform(x[0], m); }), kappa);
    EXPECT_TRUE(testing::gradients_are_right("cosine", [&](const auto& x) { return vmf::cosine(x[0], u, m); },
                                             {kappa}, {.second_order = false}));
  }
  const Variable k = Variable::parameter(kappa);
  EXPECT_THROW_TEXT((void)grad(sum(vmf::cosine(k, u, 3)), k, {.create_graph = true}), GradientError,
                    "has no second-order gradient");
}

TEST(VonMisesFisher, DrawsUnitVectorsAroundTheMean) {
  for (const std::int64_t m : {2, 3, 6}) {
    set_seed(1);
    constexpr std::int64_t kCount = 4000;
    const Tensor mean = broadcast_to(vmf::uniform_directions(1, m, float64), {kCount, m});
    const Tensor kappa = full({kCount}, 4.0, float64);
    const Tensor w = vmf::cosine(kappa, uniform({kCount}, 0.0, 1.0, default_generator(), float64), m).value();
    const Tensor z = vmf::directions(mean, w).value();
    EXPECT_LT(max(abs(norm(z, 1) - 1.0)).item(), 1e-10);
    EXPECT_LT(max(abs(sum(z * mean, 1) - w)).item(), 1e-9);
    EXPECT_NEAR(hourglass::mean(w).item(), vmf::mean_cosine(full({1}, 4.0, float64), m).item(), 0.03);
    // Around μ nothing is preferred: what remains has mean 0.
    EXPECT_LT(max(abs(hourglass::mean(z - reshape(w, {kCount, 1}) * mean, 0))).item(), 0.05);
  }
  // Where μ is the first axis itself, nothing is to be reflected.
  const Tensor first = tensor({{1.0, 0.0, 0.0}}).to(float64);
  EXPECT_NEAR(vmf::directions(first, vector({0.6})).value()[0][0].item(), 0.6, 1e-12);
}

TEST(Hyperspherical, CodesLieOnTheSphere) {
  set_seed(2);
  HypersphericalAutoencoder model({.features = 6, .hidden = {5}, .latent = 4});
  const Tensor x = uniform({7, 6});
  EXPECT_LT(max(abs(norm(model.encode(x).value(), 1) - 1.0)).item(), 1e-6);
  EXPECT_GE(min(model.posterior(x).concentration.value()).item(), 1.0);
  EXPECT_THROW_TEXT((void)HypersphericalAutoencoder(HypersphericalOptions{.latent = 1}), ShapeError,
                    "two dimensions at least");
}

}  // namespace
}  // namespace hourglass::autoencoders
