// What the kinds with critics do in their phases.

#include "support/expect_error.h"

#include <hourglass/autoencoders/adversarial.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/vae_gan.h>
#include <hourglass/autoencoders/wasserstein.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/losses/mmd.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>

#include <gmock/gmock.h>

#include <algorithm>

namespace hourglass::autoencoders {
namespace {

// Gradients of one phase's loss by the parameters that the phase trains.
void expect_gradients(Autoencoder& model, const training::Phase<>& phase, const Tensor& x) {
  std::vector<NamedParameter> trained = nn::parameters(model);
  std::erase_if(trained, [&](const NamedParameter& p) {
    return std::none_of(phase.parameters.begin(), phase.parameters.end(),
                        [&](const std::string& member) { return p.name.starts_with(member + "."); });
  });
  ASSERT_FALSE(trained.empty());
  const data::Batch batch{x, {}};
  // Through each parameter's own handle: its value is set, and the gradient read, in turn.
  set_seed(9);
  const Variable loss = phase.loss(batch);
  std::vector<Variable> handles;
  for (const NamedParameter& p : trained) handles.push_back(p.variable);
  const std::vector<Variable> slopes = grad(std::vector{loss}, handles);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    const Tensor value = handles[i].value().clone();
    for (std::int64_t e = 0; e < value.size(); e += 3) {
      const auto at = [&](double step) {
        Tensor moved = value.clone();
        moved.mutable_data<double>()[e] += step;
        handles[i].set_value(moved);
        set_seed(9);
        return phase.loss(batch).item();
      };
      const double by_differences = (at(1e-5) - at(-1e-5)) / 2e-5;
      EXPECT_NEAR(slopes[i].value().data<double>()[e], by_differences, 1e-6)
          << phase.name << " " << trained[i].name;
    }
    handles[i].set_value(value);
  }
}

Tensor examples(std::int64_t n) { return uniform({n, 16}, 0.1, 0.9, default_generator(), float64); }

TEST(Phased, HasRightGradientsInEachPhase) {
  set_seed(12);
  optim::Adam a, b, c;
  AdversarialAutoencoder aae({.features = 16, .hidden = {}, .latent = 2, .critic = {5}, .dtype = float64});
  for (const auto& phase : aae.phases({&a, &b, &c})) expect_gradients(aae, phase, examples(4));
  VaeGan gan({.features = 16,
              .hidden = {6},
              .latent = 2,
              .gamma = 0.5,
              .critic_features = 4,
              .critic = {5},
              .dtype = float64});
  for (const auto& phase : gan.phases({&a, &b, &c})) expect_gradients(gan, phase, examples(4));
  EXPECT_THROW_TEXT((void)aae.phases({&a}), DataError, "trained by 3 optimizers in turn, got 1");
}

// Rows on a ring of two numbers, seen through 16 features.
data::Batches ring() {
  set_seed(2);
  const Tensor angle = uniform({512, 1}, 0.0, 6.28);
  const Tensor way = arange(0.0, 16.0) * 0.4;
  return data::Batches(0.5 + 0.4 * sin(angle + way), {.batch_size = 64, .shuffle = true});
}

double distance_to_prior(Autoencoder& model, const data::Batches& data) {
  std::vector<Tensor> codes;
  for (const data::Batch& b : data.epoch())
    codes.push_back(no_grad([&] { return model.encode(b.x).value(); }));
  const Tensor all = concat(codes, 0);
  return nn::maximum_mean_discrepancy(all, normal(all.shape())).item();
}

template <class Model>
double trained_distance(Model& model, double& before, double& error) {
  const data::Batches data = ring();
  before = distance_to_prior(model, data);
  (void)fit_kind(
      model,
      [] { return std::make_unique<optim::Adam>(optim::AdamOptions{.learning_rate = 2e-3, .beta_1 = 0.5}); },
      data, {.epochs = 60, .verbose = training::Verbose::silent});
  error = reconstruction_mse(model, data);
  return distance_to_prior(model, data);
}

TEST(Phased, BringsCodesToThePrior) {
  double before = 0.0, error = 0.0;
  set_seed(3);
  AdversarialAutoencoder aae({.features = 16, .hidden = {32}, .latent = 2, .critic = {32}});
  double after = trained_distance(aae, before, error);
  EXPECT_LT(after, 0.5 * before);
  EXPECT_LT(error, 0.04);  // the variance of a feature is 0.08
  WassersteinAutoencoder wae({.features = 16, .hidden = {32}, .latent = 2});
  after = trained_distance(wae, before, error);
  EXPECT_LT(after, 0.5 * before);
  EXPECT_LT(error, 0.04);
}

}  // namespace
}  // namespace hourglass::autoencoders
