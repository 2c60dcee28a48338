#include "support/expect_error.h"
#include "support/golden.h"
#include "support/gradients.h"

#include <gmock/gmock.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/nn/check.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/noise.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <cmath>

namespace hourglass::nn {
namespace {

using testing::Function;
using testing::gradients_are_right;
using testing::wild;
using X = const std::vector<Variable>&;

struct Row {
  std::string name;
  Function fn;
  std::vector<Shape> shapes;
  double low = -2.0, high = 2.0;
};

// The rows of tests/golden/make_losses.py.
const std::vector<Row>& rows() {
  const Shape s{3, 4};
  const LogVarianceRange clip{-1.5, 1.0};
  static const std::vector<Row> all{
      {"Dense",
       [](X x) {
         Dense layer(4, 5, {.activation = [](const Variable& v) { return elu(v); }, .dtype = x[0].dtype()});
         layer.kernel = x[1];
         layer.bias = x[2];
         return layer(x[0]);
       },
       {Shape{2, 3, 4}, Shape{4, 5}, Shape{5}}},
      {"loss_mse_sum",
       [](X x) { return mean_squared_error(x[0], x[1], {.reduction = Reduction::sum}); },
       {s, s}},
      {"loss_mse_batch",
       [](X x) { return mean_squared_error(x[0], x[1], {.reduction = Reduction::batch_mean}); },
       {s, s}},
      {"loss_mae", [](X x) { return mean_absolute_error(x[0], x[1]); }, {s, s}},
      {"loss_huber", [](X x) { return huber(x[0], x[1], {.delta = 0.7}); }, {s, s}},
      {"loss_bce", [](X x) { return binary_crossentropy(x[0], x[1]); }, {s, s}, 0.02, 0.98},
      {"loss_bce_logits_sum",
       [](X x) {
         return binary_crossentropy(x[0], x[1], {.from_logits = true, .reduction = Reduction::sum});
       },
       {s, s},
       0.02,
       0.98},
      {"loss_categorical", [](X x) { return categorical_crossentropy(x[0], x[1]); }, {s, s}, 0.02, 0.98},
      {"loss_categorical_logits",
       [](X x) { return categorical_crossentropy(x[0], x[1], {.from_logits = true}); },
       {s, s},
       0.02,
       0.98},
      {"loss_kl", [](X x) { return kl_divergence(x[0], x[1]); }, {s, s}, 0.02, 0.98},
      {"l1l2", [](X x) { return L1L2(0.1, 0.01)(x[0]); }, {s}},
      {"kl_to_standard_normal", [](X x) { return kl_to_standard_normal(x[0], x[1]); }, {s, s}},
      {"kl_normal", [=](X x) { return kl_normal(x[0], x[1], x[2], x[3], {.range = clip}); }, {s, s, s, s}},
      {"kl_bernoulli", [](X x) { return kl_bernoulli(0.2, x[0]); }, {Shape{7}}, 0.05, 0.95},
  };
  return all;
}

class LayersAndLosses : public ::testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] const Row& row() const { return rows()[GetParam()]; }
  [[nodiscard]] std::vector<Tensor> inputs() const {
    std::vector<Tensor> out;
    for (std::size_t i = 0; i < row().shapes.size(); ++i)
      out.push_back(wild(row().name, i, row().shapes[i], row().low, row().high));
    return out;
  }
};

TEST_P(LayersAndLosses, HaveRightGradientsOfBothOrders) {
  EXPECT_TRUE(gradients_are_right(row().name.c_str(), row().fn, inputs()));
}

TEST_P(LayersAndLosses, AgreeWithPyTorch) {
  static const testing::Golden golden("losses");
  for (const auto& [dtype, tolerance] : {std::pair{float64, 1e-10}, {float32, 1e-5}}) {
    std::vector<Tensor> x;
    for (const Tensor& input : inputs()) x.push_back(input.to(dtype));
    expect_golden(golden, row().name, row().fn, x, tolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, LayersAndLosses, ::testing::Range<std::size_t>(0, rows().size()),
                         [](const auto& info) { return rows()[info.param].name; });

TEST(Dense, FusesItsActivations) {
  for (const auto& [activation, apart] :
       {std::pair{Activation(relu), static_cast<Activation::Function>(relu)},
        {Activation(sigmoid), sigmoid},
        {Activation(tanh), tanh}}) {
    set_seed(1);
    Dense fused(5, 4, {.activation = activation, .dtype = float64});
    set_seed(1);
    Dense plain(5, 4, {.dtype = float64});
    const Tensor x = wild("x", 0, {3, 5});
    EXPECT_LE(max(abs(fused(x).value() - apart(plain(x)).value())).item(), 1e-15);
  }
}

TEST(Dense, ReportsWrongInput) {
  Dense layer(4, 3);
  EXPECT_THROW_TEXT((void)layer(zeros({2, 5})), ShapeError,
                    "Dense(4 -> 3) expects 4 features, got an input of shape (2, 5)");
  EXPECT_THROW_TEXT((void)layer(zeros({2, 4}, float64)), DTypeError,
                    "Dense(4 -> 3): the kernel is float32, but the input (2, 4) is float64");
  EXPECT_THROW_TEXT(Dense(0, 3), ShapeError, "Dense: needs at least one input and one output, got 0 -> 3");
  EXPECT_EQ(layer(zeros({0, 4})).shape(), (Shape{0, 3}));
}

struct Nested : Layer {
  Sequential encoder{Dense(4, 3, {.activation = relu}), Dense(3, 2)};
  Dense decoder{3, 4};  // does not fit the code
  Variable forward(const Variable& x) override { return decoder(encoder(x)); }
  void visit(Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }
};

TEST(ErrorTrail, NamesTheLayersFromTheInnermostOut) {
  Nested model;
  EXPECT_THROW_TEXT(
      (void)model(zeros({1, 4})), ShapeError,
      "got an input of shape (1, 2); the last axis must have 3 (Flatten makes one axis of several)\n"
      "  in Dense \"decoder\" (3 -> 4)\n  in Nested");
  EXPECT_THROW_TEXT(
      (void)model(zeros({1, 5})), ShapeError,
      "\n  in Dense \"encoder.0\" (4 -> 3, relu)\n  in Sequential \"encoder\" (2 layers)\n  in Nested");
}

TEST(Trace, NamesTheLayer) {
  Sequential model{Dense(2, 2, {.activation = [](const Variable& x) { return log(x - 1e9); }})};
  const Trace trace;
  EXPECT_THROW_TEXT((void)model(ones({1, 2})), GradientError,
                    "log in Dense(2 -> 2, custom): made the first nan or infinity");
}

struct Forgetful : Layer {
  Dense listed{2, 3}, forgotten{3, 1};
  Variable forward(const Variable& x) override { return forgotten(listed(x)); }
  void visit(Visitor& v) override { v("listed", listed); }
};

TEST(Check, FindsAMemberThatVisitForgets) {
  Forgetful model;
  const Trace layers(Tracing::layers);
  const Variable loss = sum(model(ones({4, 2})));
  EXPECT_THROW_TEXT(check_parameters_listed(loss, model), GradientError,
                    "a parameter of shape (3, 1), used by 'affine' in Dense(3 -> 1)");
  Dense whole(2, 1);
  EXPECT_NO_THROW(check_parameters_listed(sum(whole(ones({4, 2}))), whole));
}

TEST(Dropout, ActsInTrainingOnly) {
  set_seed(4);
  Dropout dropout(0.25);
  const Variable x = ones({200, 200});
  const Tensor y = dropout(x).value();
  EXPECT_NEAR(mean(y).item(), 1.0, 0.01);
  EXPECT_NEAR(mean((y == 0.0).to(float32)).item(), 0.25, 0.01);
  dropout.eval();
  EXPECT_EQ(dropout(x).node(), x.node());
  EXPECT_THROW_TEXT(Dropout(1.0), DataError, "Dropout: the rate must be in [0, 1), got 1");
}

TEST(GaussianNoise, ActsInTrainingOnly) {
  GaussianNoise noise(0.5);
  const Variable x = zeros({200, 200});
  EXPECT_NEAR(std(noise(x).value()).item(), 0.5, 0.01);
  noise.eval();
  EXPECT_EQ(noise(x).node(), x.node());
  EXPECT_THROW_TEXT(GaussianNoise(-1.0), DataError, "GaussianNoise: stddev must not be negative, got -1");
}

TEST(Reshape, KeepsTheBatchAxis) {
  EXPECT_EQ(Flatten()(zeros({5, 2, 3})).shape(), (Shape{5, 6}));
  EXPECT_EQ(Reshape({3, -1})(zeros({5, 6})).shape(), (Shape{5, 3, 2}));
  EXPECT_THROW_TEXT((void)Reshape({4, -1})(zeros({5, 6})), ShapeError,
                    "Reshape(4, -1): cannot make it of the 6 elements");
}

TEST(Initializers, HaveTheirVariances) {
  set_seed(7);
  const Shape shape{300, 500};
  const auto variance = [&](const Initializer& initializer) { return var(initializer(shape)).item(); };
  EXPECT_NEAR(variance(glorot_uniform), 2.0 / 800, 3e-5);
  EXPECT_NEAR(variance(glorot_normal), 2.0 / 800, 3e-5);
  EXPECT_NEAR(variance(he_uniform), 2.0 / 300, 8e-5);
  EXPECT_NEAR(variance(he_normal), 2.0 / 300, 8e-5);
  EXPECT_NEAR(variance(lecun_uniform), 1.0 / 300, 4e-5);
  EXPECT_NEAR(variance(lecun_normal), 1.0 / 300, 4e-5);
  EXPECT_LE(max(abs(glorot_uniform(shape))).item(), std::sqrt(6.0 / 800));
  const Tensor q = orthogonal()({20, 50}, float64);
  EXPECT_LE(max(abs(matmul(q, transpose(q)) - eye(20, float64))).item(), 1e-12);
  EXPECT_EQ(constant(3.0)({2}).str(), "[3. 3.]");
  EXPECT_THROW_TEXT((void)glorot_uniform({5}), ShapeError,
                    "initializer: fans need a kernel with two axes or more, got shape (5,)");
}

TEST(Losses, RefuseWhatDoesNotFit) {
  const Variable p = zeros({2, 3}), t = zeros({3});
  EXPECT_THROW_TEXT((void)mean_squared_error(p, t), ShapeError,
                    "mean_squared_error: prediction (2, 3) and target (3,) must have the same shape; a loss "
                    "broadcasts nothing");
  EXPECT_THROW_TEXT((void)binary_crossentropy(p, full({2, 3}, 2.0)), DataError,
                    "targets must be in [0, 1], but 6 of 6 are not; scale images by 1/255");
  EXPECT_THROW_TEXT((void)huber(p, p, {.delta = 0.0}), DataError, "huber: delta must be positive");
  EXPECT_THROW_TEXT((void)sparse_categorical_crossentropy(p, tensor({0, 3}, int64)), DataError,
                    "label 3 is not one of the 3 classes 0 to 2");
  EXPECT_NEAR(sparse_categorical_crossentropy(p, tensor({0, 2}, int64), {.from_logits = true}).item(),
              std::log(3.0), 1e-6);
}

TEST(Regularizers, AddUpOverTheModel) {
  Dense layer(
      2, 2,
      {.kernel_initializer = constant(2.0), .kernel_regularizer = L2(0.5), .activity_regularizer = L1(0.25)});
  EXPECT_EQ(regularization_loss(layer)->item(), 0.5 * 16.0);
  (void)layer(ones({3, 2}));  // every output is 4: 6 outputs, 3 rows
  EXPECT_EQ(regularization_loss(layer)->item(), 0.5 * 16.0 + 0.25 * 24.0 / 3.0);
  EXPECT_EQ(regularization_loss(layer)->item(), 8.0);  // read once
  Dense plain(2, 2);
  EXPECT_FALSE(regularization_loss(plain));
  EXPECT_THROW_TEXT((void)L1(-1.0), DataError, "regularizer: strengths must not be negative");
}

TEST(Summary, IsKerassTable) {
  Sequential model{Dense(784, 64, {.activation = relu}), Dense(64, 784, {.activation = sigmoid})};
  const std::string table = summary(model, {784});
  for (const char* text :
       {"Layer (type)", "0 (Dense(784 -> 64, relu))", "(None, 64)", "50,240", "(None, 784)", "50,960",
        "Total params: 101,200", "Trainable params: 101,200", "Non-trainable params: 0"}) {
    EXPECT_THAT(table, ::testing::HasSubstr(text));
  }
  set_trainable(model[0], false);
  EXPECT_THAT(summary(model, {784}), ::testing::HasSubstr("Non-trainable params: 50,240"));
  EXPECT_TRUE(model.is_training());
}

}  // namespace
}  // namespace hourglass::nn
