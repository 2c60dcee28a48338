// What the kinds of sequences promise beside what all do: both forms of examples, and that padding changes no
// bit of output, loss or gradient.

#include "support/expect_error.h"

#include <hourglass/autoencoders/convolutional_1d.h>
#include <hourglass/autoencoders/recurrent.h>
#include <hourglass/autoencoders/recurrent_variational.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/steps.h>
#include <hourglass/data/heartbeats.h>
#include <hourglass/data/sequences.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/layers/gru.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace hourglass::autoencoders {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::unique_ptr<Autoencoder>> all_kinds() {
  std::vector<std::unique_ptr<Autoencoder>> all;
  const RecurrentOptions plain{.steps = 8, .features = 2, .units = 3, .latent = 2, .dtype = float64};
  RecurrentOptions forced = plain, both = plain;
  forced.decoder = SequenceDecoder::teacher_forced, forced.cell = Cell::gru;
  both.bidirectional = true, both.loss = ReconstructionLoss::bce;
  for (const RecurrentOptions& o : {plain, forced, both})
    all.push_back(std::make_unique<RecurrentAutoencoder>(o));
  RecurrentVariationalOptions variational{
      .steps = 8, .features = 2, .units = 3, .latent = 2, .dtype = float64};
  all.push_back(std::make_unique<RecurrentVariationalAutoencoder>(variational));
  variational.likelihood = Likelihood::bernoulli;
  all.push_back(std::make_unique<RecurrentVariationalAutoencoder>(variational));
  all.push_back(std::make_unique<Convolutional1DAutoencoder>(Convolutional1DOptions{
      .steps = 8, .features = 2, .filters = 2, .kernel = 3, .latent = 2, .dtype = float64}));
  return all;
}

// Three sequences of 8, 3 and 5 steps, nan beyond.
Tensor padded() {
  const Tensor x = uniform({3, 8, 2}, 0.1, 0.9, default_generator(), float64);
  const Tensor there = unsqueeze(steps_there(tensor({8, 3, 5}, int64), 8), 2);
  return where(there, x, full({1, 1, 1}, kNan, float64));
}

TEST(SequenceKinds, TakeSequencesAndRows) {
  set_seed(1);
  const Tensor x = uniform({3, 8, 2}, 0.1, 0.9, default_generator(), float64), rows = reshape(x, {3, 16});
  for (const auto& model : all_kinds()) {
    const nn::Evaluating evaluating(*model);
    const Tensor y = (*model)(x).value();
    EXPECT_EQ(y.shape(), x.shape()) << model->describe();
    EXPECT_EQ(max(abs(reshape(y, {3, 16}) - (*model)(rows).value())).item(), 0.0);
    EXPECT_EQ(max(abs(model->reconstruct(x).value() - model->reconstruct(rows).value())).item(), 0.0);
    EXPECT_THROW_TEXT((void)model->loss(zeros({3, 8, 3}, float64)), ShapeError,
                      "examples are (N, T, 2), or rows");
  }
}

// The loss of padded sequences is the mean over their own steps, each as it is alone.
TEST(SequenceKinds, CountTheStepsThatAreThere) {
  set_seed(2);
  const Tensor x = padded();
  const std::int64_t lengths[] = {8, 3, 5};
  for (const auto& model : all_kinds()) {
    if (dynamic_cast<RecurrentVariationalAutoencoder*>(model.get())) continue;  // draws its codes
    const bool whole = dynamic_cast<Convolutional1DAutoencoder*>(model.get()) != nullptr;
    double expected = 0.0;
    for (std::int64_t i = 0; i < 3 && !whole; ++i) {
      const Tensor alone = slice(slice(x, 0, {i, i + 1}), 1, {0, lengths[i]}).contiguous();
      expected += model->loss(alone).total.item() * static_cast<double>(lengths[i]) / 16.0;
    }
    const double loss = model->loss(x).total.item();
    EXPECT_TRUE(std::isfinite(loss));
    EXPECT_TRUE(whole || std::abs(loss - expected) < 1e-12) << model->describe();
  }
}

TEST(SequenceKinds, SeeNothingOfPadding) {
  set_seed(3);
  const Tensor x = padded();
  for (const auto& model : all_kinds()) {
    const Variable in = Variable::parameter(x);
    set_seed(4);
    const Variable loss = model->loss(in);
    EXPECT_TRUE(std::isfinite(loss.item())) << model->describe();
    std::vector<Variable> by{in};
    for (const auto& p : nn::parameters(*model)) by.push_back(p.variable);
    const std::vector<Variable> gradients = grad(std::span(&loss, 1), by);
    for (const Variable& g : gradients)
      EXPECT_TRUE(std::isfinite(sum(g.value()).item())) << model->describe();
    const Tensor beyond = equal(steps_there(tensor({8, 3, 5}, int64), 8), 0.0);
    EXPECT_EQ(sum(abs(where(unsqueeze(beyond, 2), gradients[0].value(), zeros({1, 1, 1}, float64)))).item(),
              0.0);
    const nn::Evaluating evaluating(*model);
    EXPECT_TRUE(std::isfinite(sum((*model)(x).value()).item()));
  }
}

TEST(SequenceKinds, SayHowLikelyTheStepsThatAreThereAre) {
  set_seed(5);
  RecurrentVariationalAutoencoder model({.steps = 8, .features = 2, .units = 3, .latent = 2});
  const Tensor x = padded().to(float32);
  const Tensor nats = model.log_likelihood(x, 5);
  EXPECT_EQ(nats.shape(), Shape{3});
  EXPECT_TRUE(std::isfinite(sum(nats).item()));
  // With one sample the draws are alike: a sequence alone, and first in a batch with padding.
  const Tensor first = slice(x, 0, {1, 2});
  set_seed(6);
  const Tensor alone = model.log_likelihood(slice(first, 1, {0, 3}).contiguous(), 1);
  set_seed(6);
  EXPECT_NEAR(model.log_likelihood(first.contiguous(), 1)[0].item(), alone[0].item(), 1e-4);
}

// What a teacher-forced decoder makes by itself is what it makes when forced by its own output.
TEST(RecurrentAutoencoder, DecodesWithoutATeacher) {
  set_seed(8);
  RecurrentAutoencoder model(
      {.steps = 6, .units = 4, .latent = 3, .decoder = SequenceDecoder::teacher_forced, .dtype = float64});
  const Tensor code = normal({2, 3}, 0.0, 1.0, default_generator(), float64), y = model.decode(code).value();
  EXPECT_EQ(y.shape(), (Shape{2, 6}));
  // Halves of which the encoder gives this code, so that loss() is forced by y itself.
  RecurrentAutoencoder same({.encoder = nn::Sequential([&](const Variable&) { return Variable(code); }),
                             .decoder = std::move(model.decoder),
                             .latent = 3},
                            model.options());
  EXPECT_LE(same.loss(y).total.item(), 1e-25);
}

TEST(RecurrentAutoencoder, LearnsBeatsOfDifferentLengths) {
  set_seed(9);
  const data::Heartbeats beats = data::drawn_heartbeats({.normal = 48, .abnormal = 0, .steps = 40});
  std::vector<Tensor> each;
  for (std::int64_t i = 0; i < beats.size(); ++i) each.push_back(slice(beats.x[i], 0, {0, 30 + i % 10}));
  const data::SequenceBatches batches(data::sequences(each), {.batch_size = 16, .shuffle = true});
  RecurrentAutoencoder model(
      {.steps = 40, .units = 12, .latent = 4, .cell = Cell::gru, .decoder = SequenceDecoder::teacher_forced});
  optim::Adam adam({.learning_rate = 1e-2});
  const auto loss = [&](const data::Batch& b) -> Variable { return model.loss(b.x); };
  const double before = training::evaluate(model, loss, batches);
  (void)training::fit(model, adam, loss, batches, {.epochs = 40, .verbose = training::Verbose::silent});
  EXPECT_LT(training::evaluate(model, loss, batches), 0.5 * before);
}

}  // namespace
}  // namespace hourglass::autoencoders
