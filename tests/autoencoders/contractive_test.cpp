// The penalty against the Jacobian itself, entry by entry.

#include "support/expect_error.h"

#include <hourglass/autoencoders/contractive.h>
#include <hourglass/autoencoders/regularized.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gmock/gmock.h>

#include <cmath>
#include <functional>

namespace hourglass::autoencoders {
namespace {

// Σ_ij J_ij² by central differences of each feature of each example, the mean over the examples.
double by_differences(const std::function<Tensor(const Tensor&)>& f, const Tensor& x) {
  constexpr double kStep = 1e-5;
  double total = 0.0;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    Tensor up = x.clone(), down = x.clone();
    up.mutable_data<double>()[i] += kStep, down.mutable_data<double>()[i] -= kStep;
    total += sum(square((f(up) - f(down)) / (2.0 * kStep))).item();
  }
  return total / static_cast<double>(x.shape(0));
}

Tensor examples() { return uniform({3, 5}, 0.0, 1.0, default_generator(), float64); }

ContractiveAutoencoder one_layer(const nn::Activation& f) {
  return ContractiveAutoencoder(
      dense_halves({.features = 5, .latent = 4, .latent_activation = f, .dtype = float64}));
}

TEST(Contractive, ClosedFormsAreTheJacobian) {
  set_seed(1);
  const Tensor x = examples();
  for (const nn::Activation& f : {nn::Activation(sigmoid), nn::Activation(tanh)}) {
    ContractiveAutoencoder model = one_layer(f);
    const double exact = by_differences([&](const Tensor& v) { return model.encode(v).value(); }, x);
    EXPECT_NEAR(model.contraction(x).item(), exact, 1e-8);
    const auto encode = [&](const Variable& v) { return model.encode(v); };
    EXPECT_NEAR(squared_jacobian_norm(encode, x).item(), exact, 1e-8);
    // A sum of slopes squared is another number: Σ_i (Σ_j J_ij)².
    const Variable at = Variable::parameter(x);
    const double squared_sum = sum(square(grad(sum(model.encode(at)), at).value())).item() / 3.0;
    EXPECT_GT(std::abs(squared_sum - exact), 1e-3 * exact);
  }
}

TEST(Contractive, DifferentiatesAnyEncoder) {
  set_seed(2);
  const Tensor x = examples();
  ContractiveAutoencoder model({.features = 5, .hidden = {7}, .latent = 4, .dtype = float64});
  const double exact = by_differences([&](const Tensor& v) { return model.encode(v).value(); }, x);
  EXPECT_NEAR(model.contraction(x).item(), exact, 1e-8);
  EXPECT_NEAR(model.loss(x).part("contraction")->item(), exact, 1e-8);
  // Where nothing is recorded, and for all examples of an evaluation.
  EXPECT_NEAR(no_grad([&] { return model.contraction(x).item(); }), exact, 1e-8);
}

TEST(Contractive, EstimatesWithoutBias) {
  set_seed(3);
  const Tensor x = examples();
  ContractiveAutoencoder model({.features = 5, .hidden = {7}, .latent = 4, .dtype = float64});
  const auto encode = [&](const Variable& v) { return model.encode(v); };
  const double exact = squared_jacobian_norm(encode, x).item();
  double total = 0.0, squares = 0.0;
  constexpr int kRuns = 2000;
  for (int i = 0; i < kRuns; ++i) {
    const double e = squared_jacobian_norm(encode, x, {.exact_up_to = 0}).item();
    total += e, squares += e * e;
  }
  const double mean = total / kRuns, deviation = std::sqrt((squares / kRuns - mean * mean) / kRuns);
  EXPECT_NEAR(mean, exact, 4.0 * deviation);
  EXPECT_LT(deviation, 0.05 * exact);
}

TEST(Contractive, SaysWhatIsWrong) {
  EXPECT_THROW_TEXT(ContractiveAutoencoder({.strength = -1.0}), DataError, "must not be negative, got -1");
  ContractiveAutoencoder model({.features = 5, .hidden = {7}, .latent = 4, .jacobian = {.probes = 0}});
  EXPECT_THROW_TEXT((void)model.loss(examples().to(float32)), DataError, "at least one probe, got 0");
  EXPECT_THROW_TEXT((void)model.loss(zeros({0, 5})), DataError, "squared_jacobian_norm");
}

TEST(Regularized, PenaltiesAreWhatTheySay) {
  set_seed(4);
  const Tensor x = examples();
  RegularizedOptions o{.features = 5, .hidden = {6}, .latent = 3, .dtype = float64};
  RegularizedAutoencoder l2(o);
  const auto& kernels = l2.decoder;
  const double squares = sum(square(kernels.get<nn::Dense>(0).kernel.value())).item() +
                         sum(square(kernels.get<nn::Dense>(1).kernel.value())).item();
  EXPECT_NEAR(l2.loss(x).part("decoder")->item(), squares, 1e-12);
  const Tensor z = l2.encode(x).value();
  EXPECT_NEAR(l2.loss(x).part("code")->item(), 0.5 * sum(square(z)).item() / 3.0, 1e-12);
  o.penalty = RegularizedOptions::Penalty::gradient_penalty;
  RegularizedAutoencoder gp(o);
  const double exact =
      by_differences([&](const Tensor& v) { return gp.decode(v).value(); }, gp.encode(x).value());
  EXPECT_NEAR(gp.loss(x).part("decoder")->item(), exact, 1e-7);
  EXPECT_THROW_TEXT(RegularizedAutoencoder({.beta = -1.0}), DataError, "must not be negative, got -1");
}

}  // namespace
}  // namespace hourglass::autoencoders
