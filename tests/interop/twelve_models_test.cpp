#include "twelve_models.h"

#include "support/expect_error.h"

#include <hourglass/files/state.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

namespace hourglass::interop {
namespace {

double loss_in_evaluation(Example& example) {
  const nn::Evaluating evaluating(*example.model);
  set_seed(1);
  return loss_of(*example.model, example.inputs, example.targets).value().item();
}

TEST(TwelveModels, LearnInFiftySteps) {
  for (const std::string& name : example_names()) {
    Example before = make_example(name), after = trained_example(name);
    EXPECT_LT(loss_in_evaluation(after), loss_in_evaluation(before)) << name;
    EXPECT_FALSE(after.model->is_training()) << name;
  }
}

// Outputs that are alike for all examples would hide mistakes.
TEST(TwelveModels, MakeSomethingElseOfEachExample) {
  for (const std::string& name : example_names()) {
    Example example = trained_example(name);
    const NoGrad no_grad;
    const Tensor y = (*example.model)(example.inputs).value().to(float64);
    EXPECT_GT(mean(square(y - mean(y, 0, {.keepdims = true}))).item(), 1e-4) << name;
  }
}

TEST(TwelveModels, AreTheSameBitsEachTimeAndWhereverTheRunIsCut) {
  for (const std::string& name : example_names()) {
    Example cut = make_example(name);
    optim::Adam adam({.learning_rate = 0.01});
    train(*cut.model, adam, cut, 0, 20);
    set_seed(99);
    train(*cut.model, adam, cut, 20, 30);
    EXPECT_EQ(files::weights_sha256(*cut.model), files::weights_sha256(*trained_example(name).model)) << name;
  }
}

TEST(TwelveModels, AreKnownByName) {
  EXPECT_THROW_TEXT((void)make_example("perceptron"), DataError, "there is no \"perceptron\"");
}

}  // namespace
}  // namespace hourglass::interop
