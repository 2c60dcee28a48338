// fit() on other data than Batches, and with losses that make leaves of their own.

#include "support/expect_error.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/fit.h>

#include <limits>
#include <optional>

namespace hourglass::training {
namespace {

using data::Batch;
using data::Batches;

FitOptions quiet(std::int64_t epochs) { return {.epochs = epochs, .verbose = Verbose::silent}; }

// Pairs of images that are made as they are asked for and can be walked over once.
struct Pair {
  Tensor x, mask;
};
struct Stream {
  struct Epoch {
    struct End {};
    struct Iterator {
      Pair operator*() const {
        ++*made;
        Generator generator(7, static_cast<std::uint64_t>(100 * epoch + at));
        return {uniform({4, 3}, 0.0, 1.0, generator), bernoulli({4, 3}, 0.5, generator)};
      }
      Iterator& operator++() {
        ++at;
        return *this;
      }
      bool operator!=(End /*end*/) const { return at < batches; }
      std::int64_t epoch, batches, at = 0;
      int* made;
    };
    [[nodiscard]] Iterator begin() const { return {epoch, batches, 0, made}; }
    [[nodiscard]] static End end() { return {}; }
    std::int64_t epoch, batches;
    int* made;
  };
  Epoch epoch(std::int64_t number) { return {number, batches, &made}; }
  [[nodiscard]] std::int64_t batch_count() const { return batches; }
  std::int64_t batches = 5;
  int made = 0;
};

static_assert(BatchSource<Batches> && BatchSource<const Batches> && BatchSource<Stream>);
static_assert(!BatchSource<Tensor> && !BatchSource<std::vector<Batch>>);
static_assert(!BatchSource<const Stream>, "its epoch() changes it");

TEST(Source, StreamsBatchesOfOnesOwnType) {
  set_seed(2);
  Stream stream, validation{.batches = 2};
  nn::Dense model(3, 3);
  optim::Adam adam;
  FitOptions options = quiet(3);
  options.validation = &validation;
  const auto loss = [&](const Pair& b) { return nn::mean_squared_error(model(b.x * b.mask), b.x); };
  const History history = fit(model, adam, loss, stream, options);
  EXPECT_EQ(history.epochs.size(), 3U);
  EXPECT_EQ(adam.iterations(), 15);
  EXPECT_EQ(stream.made, 15);
  EXPECT_EQ(validation.made, 6);
  EXPECT_EQ(*history.epochs.back().val_loss, evaluate(model, loss, validation));
}

TEST(Source, SaysWhatDoesNotFit) {
  Stream stream, empty{.batches = 0};
  nn::Dense model(3, 3);
  optim::Adam adam;
  const auto loss = [&](const Pair& b) { return nn::mean_squared_error(model(b.x), b.x); };
  EXPECT_THROW_TEXT((void)fit(model, adam, loss, empty, quiet(1)), DataError,
                    "fit: the training data give no batch: batch_count() is 0; give more examples");
  const Batches others(uniform({8, 3}));
  FitOptions options = quiet(1);
  options.validation = &others;
  EXPECT_THROW_TEXT((void)fit(model, adam, loss, stream, options), DataError,
                    "the validation data give batches of another type");
}

// A contractive loss: the derivative of the code by the data is penalised.
Variable contractive(nn::Sequential& model, const Batch& b) {
  const Variable x = Variable::parameter(b.x);
  const Variable h = model[0](x);
  const Variable dx = grad(sum(h), x, {.create_graph = true});
  return nn::mean_squared_error(model[1](h), b.x) + 0.1 * sum(dx * dx);
}

TEST(Fit, TakesALossThatDifferentiatesByTheData) {
  set_seed(4);
  nn::Sequential model{nn::Dense(3, 2, {.activation = tanh}), nn::Dense(2, 3)};
  optim::Adam adam({.learning_rate = 0.02});
  const Batches train(uniform({20, 3}), {.batch_size = 5});
  const auto loss = [&](const Batch& b) { return contractive(model, b); };
  FitOptions options = quiet(20);
  options.validation = &train;  // evaluation differentiates by the data, too
  const History history = fit(model, adam, loss, train, options);
  EXPECT_LT(*history.epochs.back().val_loss, 0.9 * history.epochs.front().loss);
  EXPECT_TRUE(nn::parameters(model).front().variable.requires_grad());
}

// Makes a layer at the first call and forgets to name it.
struct Lazy : nn::Layer {
  nn::Dense listed{3, 3};
  std::optional<nn::Dense> late;
  Variable forward(const Variable& x) override {
    if (!late) late.emplace(3, 3);
    return (*late)(listed(x));
  }
  void visit(nn::Visitor& v) override { v("listed", listed); }
};

TEST(Fit, FindsAForgottenMemberThatIsMadeInTheFirstCall) {
  Lazy model;
  optim::Adam adam;
  const Batches train(uniform({20, 3}), {.batch_size = 5});
  EXPECT_THROW_TEXT((void)fit(
                        model, adam, [&](const Batch& b) { return nn::mean_squared_error(model(b.x), b.x); },
                        train, quiet(1)),
                    GradientError, "parameters that visit() does not list");
  EXPECT_EQ(adam.iterations(), 1);
}

TEST(Fit, SaysWhereAnErrorCameUp) {
  nn::Dense model(3, 3);
  optim::Adam adam;
  const Batches train(uniform({20, 3}), {.batch_size = 5});
  int calls = 0;
  const auto loss = [&](const Batch& b) {
    return nn::mean_squared_error(model(b.x), ++calls == 7 ? Tensor(Shape{1, 1}, float32) : b.x);
  };
  EXPECT_THROW_TEXT((void)fit(model, adam, loss, train, quiet(9)), ShapeError, "\n  in epoch 2, batch 3");
}

TEST(Fit, RefusesAValidationLossThatIsNoNumber) {
  nn::Dense model(3, 3);
  optim::Adam adam;
  const Batches train(uniform({20, 3}), {.batch_size = 5});
  Tensor bad = uniform({20, 3});
  bad.fill(std::numeric_limits<double>::quiet_NaN());
  const Batches validation(bad);
  FitOptions options = quiet(2);
  options.validation = &validation;
  EXPECT_THROW_TEXT((void)fit(
                        model, adam, [&](const Batch& b) { return nn::mean_squared_error(model(b.x), b.x); },
                        train, options),
                    NotFiniteError, "fit: the validation loss became nan, with a training loss of");
}

TEST(Fit, AccumulatesToTheStepOfALargeBatch) {
  const Tensor x = uniform({24, 3}), y = uniform({24, 2});
  const auto trained = [&](std::int64_t batch_size, std::int64_t steps) {
    set_seed(9);
    nn::Dense model(3, 2);
    optim::SGD sgd({.learning_rate = 0.1, .gradient_accumulation_steps = steps});
    (void)fit(
        model, sgd, [&](const Batch& b) { return nn::mean_squared_error(model(b.x), b.y); },
        Batches(x, y, {.batch_size = batch_size}), quiet(2));
    EXPECT_EQ(sgd.iterations(), 4);
    return model.kernel.value().clone();
  };
  const Tensor whole = trained(12, 1), parts = trained(4, 3);
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 0; j < 2; ++j) EXPECT_NEAR(whole[i][j].item(), parts[i][j].item(), 1e-6);
  }
}

}  // namespace
}  // namespace hourglass::training
