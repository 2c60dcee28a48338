// Each kind can be cloned: the same reconstructions, nothing in common.

#include <hourglass/autoencoders.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/clone.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gtest/gtest.h>

namespace hourglass::autoencoders {
namespace {

template <class Kind>
void expect_clone(Kind model) {
  model.eval();
  const Tensor x = uniform({3, 64});
  Kind copy = nn::clone(model);
  const std::string before = files::weights_sha256(model);
  EXPECT_EQ(files::weights_sha256(copy), before);
  EXPECT_EQ(nn::parameter_count(copy), nn::parameter_count(model));  // what is tied stays tied
  EXPECT_EQ(copy.reconstruct(x).value().str(), model.reconstruct(x).value().str());
  for (NamedParameter& p : nn::parameters(copy)) p.variable.set_value(zeros(p.variable.shape()));
  EXPECT_EQ(files::weights_sha256(model), before);
  EXPECT_NE(files::weights_sha256(copy), before);
}

TEST(Kinds, AreClonedWithWeightsOfTheirOwn) {
  expect_clone(BasicAutoencoder({.features = 64, .hidden = {16}, .latent = 4}));
  expect_clone(BasicAutoencoder({.features = 64, .hidden = {16}, .latent = 4, .tied = true}));
  expect_clone(SparseAutoencoder({.features = 64, .latent = 80}));
  expect_clone(ConvolutionalAutoencoder({.image = 8}));
  expect_clone(DenoisingAutoencoder({.features = 64, .hidden = {16}, .latent = 8}));
  expect_clone(VariationalAutoencoder({.features = 64, .hidden = {16}, .latent = 4}));
  expect_clone(VariationalAutoencoder({.features = 64, .hidden = {16}, .latent = 4, .kl = {.steps = 9}}));
  expect_clone(VampPriorAutoencoder({.features = 64, .hidden = {16}, .latent = 4, .pseudo_inputs = 3}));
  expect_clone(FlowPosteriorAutoencoder({.features = 64, .hidden = {16}, .latent = 4, .steps = 2}));
  expect_clone(CategoricalAutoencoder({.features = 64, .hidden = {16}, .latent = 6, .classes = 3}));
  expect_clone(LadderAutoencoder({.features = 64, .hidden = {16}, .latent = 4, .upper = 2, .width = 8}));
}

}  // namespace
}  // namespace hourglass::autoencoders
