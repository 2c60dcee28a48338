// The log-determinants of flows against their Jacobians, and what inverse autoregressive steps see.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autoencoders/flow_posterior.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

#include <cmath>

namespace hourglass::autoencoders {
namespace {

Tensor draw(const Shape& shape, double deviation = 1.0) {
  return normal(shape, 0.0, deviation, default_generator(), float64);
}

// ∂z'_i / ∂z_j of one code.
std::vector<std::vector<double>> jacobian(Flow& flow, const Tensor& code, const Tensor& context) {
  const Variable z = Variable::parameter(code);
  const Variable out = flow(z, context).z;
  const std::int64_t l = code.shape(1);
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(l));
  for (std::int64_t i = 0; i < l; ++i) {
    const Tensor row = grad(sum(slice(out, 1, {i, i + 1})), z, {.retain_graph = true}).value();
    for (std::int64_t j = 0; j < l; ++j) rows[static_cast<std::size_t>(i)].push_back(row[0][j].item());
  }
  return rows;
}

// log |det| by elimination.
double log_determinant(std::vector<std::vector<double>> a) {
  double sum = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k; i < a.size(); ++i)
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    std::swap(a[k], a[pivot]);
    sum += std::log(std::abs(a[k][k]));
    for (std::size_t i = k + 1; i < a.size(); ++i)
      for (std::size_t j = a.size(); j-- > k;) a[i][j] -= a[i][k] / a[k][k] * a[k][j];
  }
  return sum;
}

template <class Step>
void expect_determinants(std::int64_t latent) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    set_seed(seed);
    Step flow({.latent = latent, .width = 7, .dtype = float64});
    for (NamedParameter& p : nn::parameters(flow)) p.variable.set_value(draw(p.variable.shape()));
    const Tensor z = draw({1, latent}, 2.0), context = draw({1, latent});
    EXPECT_NEAR(flow(z, context).log_det.item(), log_determinant(jacobian(flow, z, context)), 1e-9) << seed;
  }
}

TEST(Flows, LogDeterminantsAreThoseOfTheJacobian) {
  for (const std::int64_t latent : {1, 2, 5}) {
    expect_determinants<PlanarFlow>(latent);
    expect_determinants<InverseAutoregressiveFlow>(latent);
  }
}

TEST(Flows, InverseAutoregressiveStepsAreTriangularAndReversed) {
  set_seed(3);
  InverseAutoregressiveFlow flow({.latent = 5, .width = 16, .dtype = float64});
  const auto rows = jacobian(flow, draw({1, 5}), draw({1, 5}));
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 5; ++j) {
      EXPECT_EQ(rows[4 - i][j] != 0.0, j <= i) << i << ", " << j;
    }
  }
}

// What is drawn has the density that is claimed: ∫ q(z|x) f(z) dz by importance weights of N(0, 1) is 1.
TEST(Flows, PosteriorIsADensity) {
  for (const auto kind :
       {FlowPosteriorOptions::Kind::planar, FlowPosteriorOptions::Kind::inverse_autoregressive}) {
    set_seed(4);
    FlowPosteriorAutoencoder model(
        {.features = 4, .hidden = {5}, .latent = 2, .flow = kind, .steps = 3, .width = 8, .dtype = float64});
    // A decoder that does not see the code: then log p(x) is known, and the bound of many samples is it.
    for (NamedParameter& p : nn::parameters(model.decoder)) p.variable.set_value(p.variable.value() * 0.0);
    // Wide codes, so that the weights p/q have no long tail.
    model.encoder.get<nn::Dense>(1).bias->set_value(tensor({0.0, 0.0, 2.0, 2.0, 0.0, 0.0}).to(float64));
    const Tensor x = uniform({3, 4}, 0.0, 1.0, default_generator(), float64);
    const Tensor exact = sum(x * 0.0 - std::log(2.0), 1);
    EXPECT_LT(max(abs(model.log_likelihood(x, 4000) - exact)).item(), 0.1);
  }
}

TEST(Flows, SayWhatDoesNotFit) {
  PlanarFlow flow({.latent = 3});
  EXPECT_THROW_TEXT((void)flow(uniform({2, 4}), uniform({2, 3})), ShapeError,
                    "PlanarFlow expects codes of 3 numbers, got an input of shape (2, 4)");
  EXPECT_THROW_TEXT((void)FlowPosteriorAutoencoder({.steps = -1}), DataError,
                    "cannot take -1 steps with codes of 20 numbers");
  FlowPosteriorAutoencoder model(dense_halves({.features = 4, .latent = 2, .heads = 2}), {.features = 4});
  EXPECT_THROW_TEXT((void)model.loss(uniform({2, 4})), ShapeError,
                    "must give mean, log variance and context, (N, 6), but gave (2, 4)");
}

}  // namespace
}  // namespace hourglass::autoencoders
