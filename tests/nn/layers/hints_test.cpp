// What layers say about inputs that lost their axes or their labels on the way, and layers that are frozen.

#include "support/expect_error.h"

#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/ops/accuracy.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hourglass::nn {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

bool same(const Variable& a, const Variable& b) { return max(abs(a.value() - b.value())).item() == 0.0; }

TEST(ImageLayers, SayWhereFlatImagesMayComeFrom) {
  Conv2D conv(1, 8), colour(3, 8);
  const char* const rows = ": these are rows of features, as data::Batches makes of images unless it is told";
  EXPECT_THROW_TEXT((void)conv(zeros({32, 784})), ShapeError, rows);
  EXPECT_THROW_TEXT((void)conv(zeros({32, 784})), ShapeError,
                    "{.flatten = false}; or begin with nn::Reshape({28, 28, 1})");
  EXPECT_THROW_TEXT((void)colour(zeros({32, 3072})), ShapeError, "or begin with nn::Reshape({32, 32, 3})");
  EXPECT_THROW_TEXT((void)conv(zeros({32, 785})), ShapeError, "or begin with nn::Reshape({H, W, 1})");
  EXPECT_THROW_TEXT((void)conv(zeros({32, 0})), ShapeError, rows);
  EXPECT_THROW_TEXT(
      (void)conv(zeros({32, 28, 27})), ShapeError,
      "an axis is missing, of channels if these are (N, H, W): begin with nn::Reshape({28, 27, 1})");
  EXPECT_THROW_TEXT((void)conv(zeros({1, 2, 3, 4, 5})), ShapeError, "nn::Reshape gives a batch its axes");
  EXPECT_THROW_TEXT((void)ConvTranspose2D(1, 2)(zeros({32, 784})), ShapeError, rows);
  EXPECT_THROW_TEXT((void)DepthwiseConv2D(1)(zeros({32, 784})), ShapeError, rows);
  EXPECT_THROW_TEXT((void)MaxPool2D()(zeros({32, 784})), ShapeError, rows);
  EXPECT_THROW_TEXT((void)AveragePool2D()(zeros({32, 784})), ShapeError, rows);
  EXPECT_THROW_TEXT((void)UpSampling2D()(zeros({32, 784})), ShapeError, rows);
  EXPECT_THROW_TEXT((void)GlobalAveragePool2D()(zeros({32, 784})), ShapeError, rows);
  EXPECT_THROW_TEXT((void)SpatialDropout2D(0.5)(zeros({32, 784})), ShapeError, rows);
  Sequential mended{Reshape({28, 28, 1}), std::move(conv)};
  EXPECT_EQ(mended(zeros({2, 784})).shape(), (Shape{2, 26, 26, 8}));
}

TEST(MissingTargets, AreNamedWhereverTheyAreUsed) {
  const Tensor none;  // a batch's y
  const Variable p = full({4, 3}, 0.5);
  const char* const text = "an empty tensor, as batch.y is where no targets were given: Batches(x, y)";
  EXPECT_THROW_TEXT((void)mean_squared_error(p, none), ShapeError, text);
  EXPECT_THROW_TEXT((void)root_mean_squared_error(p, none), ShapeError, text);
  EXPECT_THROW_TEXT((void)mean_absolute_error(p, none), ShapeError, text);
  EXPECT_THROW_TEXT((void)huber(p, none), ShapeError, text);
  EXPECT_THROW_TEXT((void)binary_crossentropy(p, none), ShapeError, text);
  EXPECT_THROW_TEXT((void)categorical_crossentropy(p, none), ShapeError, text);
  EXPECT_THROW_TEXT((void)sparse_categorical_crossentropy(p, none), DTypeError, text);
  EXPECT_THROW_TEXT((void)kl_divergence(p, none), ShapeError, text);
  EXPECT_THROW_TEXT((void)(argmax(p, -1) == none), DTypeError, text);
  EXPECT_THROW_TEXT((void)(p - none), ShapeError, text);
  EXPECT_THROW_TEXT((void)accuracy(p.value(), none), DTypeError, text);
  EXPECT_THROW_TEXT((void)one_hot(none, 10), DTypeError, text);
  EXPECT_THAT(none.shape().str(), "(0,)");
  try {
    (void)(p - zeros({2, 2}));
  } catch (const ShapeError& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("empty")));
  }
}

TEST(Activations, WithADefaultArgumentAreGivenByName) {
  const Tensor x = tensor({{-1, 2, 0.5}});
  const auto identity = [](Activation f) {
    return Dense(3, 3, {.activation = std::move(f), .kernel_initializer = orthogonal()});
  };
  Dense plain = identity({}), layer(3, 3, {.activation = leaky_relu});
  layer.kernel = plain.kernel;
  EXPECT_TRUE(same(layer(x), leaky_relu(plain(x))));
  EXPECT_EQ(layer.describe(), "Dense(3 -> 3, leaky_relu)");
  for (const auto& [activation, expected] : std::vector<std::pair<Activation, Variable>>{
           {leaky_relu, leaky_relu(x)},
           {elu, elu(x)},
           {softmax, softmax(Variable(x))},
           {log_softmax, log_softmax(Variable(x))},
           {[](const Variable& v) { return leaky_relu(v, 0.2); }, leaky_relu(Variable(x), 0.2)}}) {
    EXPECT_TRUE(same(activation(x), expected)) << activation.name();
    EXPECT_EQ(activation.epilogue(), Epilogue::none);
  }
  EXPECT_EQ(Dense(2, 2, {.activation = softmax}).describe(), "Dense(2 -> 2, softmax)");
}

TEST(BatchNormalization, StandsStillWhereItIsFrozen) {
  set_seed(3);
  const Tensor x = normal({16, 4});
  Sequential model{Dense(4, 4), BatchNormalization(4)};
  auto& layer = model.get<BatchNormalization>(1);
  (void)model(x);
  const std::string before = layer.moving_mean.str();
  set_trainable(model, false);
  const Variable frozen = model(x);  // in training mode
  EXPECT_TRUE(model.is_training());
  EXPECT_EQ(layer.moving_mean.str(), before);
  model.eval();
  EXPECT_TRUE(same(frozen, model(x)));
  model.train();
  set_trainable(model, true);
  (void)model(x);
  EXPECT_NE(layer.moving_mean.str(), before);

  BatchNormalization by_hand(4), without(4, {.center = false, .scale = false});
  by_hand.gamma->set_requires_grad(false);
  (void)by_hand(x);
  EXPECT_NE(by_hand.moving_mean.str(), zeros({4}).str());  // β still learns
  const std::string there = by_hand.moving_mean.str();
  by_hand.beta->set_requires_grad(false);
  (void)by_hand(x);
  EXPECT_EQ(by_hand.moving_mean.str(), there);
  (void)without(x);
  EXPECT_NE(without.moving_mean.str(), zeros({4}).str());
  const std::string now = without.moving_mean.str();
  set_trainable(without, false);
  (void)without(x);
  EXPECT_EQ(without.moving_mean.str(), now);
}

struct TwoInputs final : Module {
  Dense left{3, 4}, right{5, 4};
  Variable operator()(const Variable& a, const Variable& b) {
    return run([&] { return left(a) + right(b); });
  }
  void visit(Visitor& v) override { v("left", left), v("right", right); }
};

TEST(Summary, KnowsModulesWithACallOfAnotherForm) {
  TwoInputs model;
  const std::string called = summary(model, [&] { return model(zeros({1, 3}), zeros({1, 5})); });
  for (const char* text : {"Model: \"TwoInputs\"", "left (Dense(3 -> 4))", "right (Dense(5 -> 4))",
                           "(None, 4)", "Total params: 40"}) {
    EXPECT_THAT(called, HasSubstr(text));
  }
  EXPECT_THAT(called, Not(HasSubstr("not called")));
  EXPECT_TRUE(model.is_training());
  const TwoInputs& constant = model;
  const std::string table = summary(constant);
  EXPECT_THAT(table, HasSubstr("left (Dense(3 -> 4))"));
  EXPECT_THAT(table, HasSubstr("Total params: 40"));
  EXPECT_THAT(table, Not(HasSubstr("Output Shape")));
  EXPECT_THAT(table, Not(HasSubstr("not called")));
  const Sequential sequence{Dense(3, 4)};
  EXPECT_THAT(summary(sequence, {3}), HasSubstr("(None, 4)"));
}

// One list of options for the five kernel layers; what a kind does not have cannot be given.
template <class Options>
concept HasGroups = requires {
  Options{.groups = 2};
};
template <class Options>
concept HasOutputPadding = requires {
  Options{.output_padding = 1};
};
template <class Options>
concept HasMultiplier = requires {
  Options{.depth_multiplier = 2};
};
template <class Options>
concept HasStride = requires {
  Options{.stride = 2};
};
static_assert(HasGroups<Conv2DLayerOptions> && HasGroups<Conv1DLayerOptions>);
static_assert(!HasGroups<DenseOptions> && !HasGroups<ConvTranspose2DOptions> &&
              !HasGroups<DepthwiseConv2DOptions>);
static_assert(HasOutputPadding<ConvTranspose2DOptions> && !HasOutputPadding<Conv2DLayerOptions>);
static_assert(HasMultiplier<DepthwiseConv2DOptions> && !HasMultiplier<Conv2DLayerOptions>);
static_assert(HasStride<Conv1DLayerOptions> && !HasStride<DenseOptions>);

}  // namespace
}  // namespace hourglass::nn
