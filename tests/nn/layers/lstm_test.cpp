// LSTM and RepeatVector: gradients of both orders, and the definition step by step for sizes that fill
// tiles and several parts of a batch.

#include "support/expect_error.h"
#include "support/golden.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/lstm.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

#include <algorithm>

namespace hourglass::nn {
namespace {

using testing::wild;
using X = const std::vector<Variable>&;

Variable run(X v) { return lstm(v[0], v[1], v[2], v[3]); }

// h by the definition, a step at a time.
Variable definition(X v) {
  const std::int64_t steps = v[0].shape(0), units = v[2].shape(0);
  Variable h = zeros({v[0].shape(1), units}, v[0].dtype()), c = h;
  std::vector<Variable> all;
  for (std::int64_t t = 0; t < steps; ++t) {
    const Variable x = squeeze(slice(v[0], 0, {t, t + 1}), 0);
    const std::vector<Variable> z = split(matmul(x, v[1]) + matmul(h, v[2]) + v[3], 4, 1);
    c = sigmoid(z[1]) * c + sigmoid(z[0]) * tanh(z[2]);
    h = sigmoid(z[3]) * tanh(c);
    all.push_back(h);
  }
  return stack(all);
}

std::vector<Tensor> inputs(std::int64_t steps, std::int64_t rows, std::int64_t features, std::int64_t units,
                           DType dtype = float64) {
  Generator g(5);
  const auto normals = [&](const Shape& shape, double std) { return normal(shape, 0.0, std, g, dtype); };
  return {normals({steps, rows, features}, 1.0), normals({features, 4 * units}, 0.3),
          normals({units, 4 * units}, 0.3), normals({4 * units}, 0.3)};
}

std::vector<Variable> parameters_of(const std::vector<Tensor>& tensors) {
  std::vector<Variable> out;
  out.reserve(tensors.size());
  for (const Tensor& x : tensors) out.push_back(Variable::parameter(x));
  return out;
}

// f(v) and the gradients of Σ f(v) · r.
std::vector<Tensor> value_and_gradients(const testing::Function& f, const std::vector<Variable>& v,
                                        const Tensor& r) {
  const Variable y = f(v), loss = sum(y * r);
  std::vector<Tensor> out{y.value()};
  for (const Variable& g : grad(std::span(&loss, 1), v)) out.push_back(g.value());
  return out;
}

// The largest difference, relative to the largest value.
double difference(const Tensor& a, const Tensor& expected) {
  return max(abs(a.to(float64) - expected)).item() / std::max(1.0, max(abs(expected)).item());
}

TEST(Lstm, HasGradientsOfBothOrders) {
  for (const std::int64_t steps : {1, 2, 4}) {
    EXPECT_TRUE(testing::gradients_are_right("lstm", run, inputs(steps, 2, 3, 2)));
    EXPECT_TRUE(testing::gradients_are_right("definition", definition, inputs(steps, 2, 3, 2)));
  }
  EXPECT_TRUE(testing::gradients_are_right("one of each", run, inputs(3, 1, 1, 1)));
  EXPECT_TRUE(testing::gradients_are_right("no rows", run, inputs(3, 0, 2, 2)));
  EXPECT_TRUE(testing::gradients_are_right("no steps", run, inputs(0, 2, 2, 2)));
  EXPECT_TRUE(testing::gradients_are_right(
      "without bias", [](X v) { return lstm(v[0], v[1], v[2], std::nullopt); }, inputs(3, 2, 2, 2)));
}

TEST(Lstm, IsItsDefinitionForSizesOfEveryKind) {
  struct Size {
    std::int64_t steps, rows, features, units;
  };
  for (const Size& s : {Size{5, 70, 9, 64}, {3, 33, 28, 17}, {2, 1, 4, 128}, {4, 131, 3, 5}}) {
    const std::vector<Tensor> x = inputs(s.steps, s.rows, s.features, s.units);
    Generator g(6);
    const Tensor r = normal({s.steps, s.rows, s.units}, 0.0, 1.0, g, float64);
    const std::vector<Tensor> expected = value_and_gradients(definition, parameters_of(x), r);
    for (const auto& [dtype, tolerance] : {std::pair{float64, 1e-12}, {float32, 1e-4}}) {
      std::vector<Tensor> converted;
      converted.reserve(x.size());
      for (const Tensor& t : x) converted.push_back(t.to(dtype));
      const std::vector<Tensor> ours = value_and_gradients(run, parameters_of(converted), r.to(dtype));
      for (std::size_t i = 0; i < ours.size(); ++i)
        EXPECT_LE(difference(ours[i], expected[i]), tolerance) << "array " << i << ", rows " << s.rows;
    }
  }
}

TEST(Lstm, TakesARepeatedInputAsOneLaidOut) {
  const std::vector<Tensor> x = inputs(6, 4, 3, 5);
  const Tensor once = x[0][0].clone();
  const auto repeated = [](bool laid_out) {
    return [laid_out](X v) {
      Variable steps = broadcast_to(unsqueeze(v[0], 0), {6, 4, 3});
      if (laid_out) steps = steps + 0.0;
      return lstm(steps, v[1], v[2], v[3]);
    };
  };
  const std::vector<Variable> v = parameters_of({once, x[1], x[2], x[3]});
  const Tensor r = wild("r", 0, {6, 4, 5});
  const std::vector<Tensor> ours = value_and_gradients(repeated(false), v, r),
                            expected = value_and_gradients(repeated(true), v, r);
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_LE(difference(ours[i], expected[i]), 1e-13) << i;
  EXPECT_TRUE(testing::gradients_are_right("repeated", repeated(false), {once, x[1], x[2], x[3]}));
}

TEST(Lstm, KeepsWhatItIsGiven) {
  const std::vector<Tensor> x = inputs(3, 4, 2, 2);
  const Tensor z = normal({3, 4, 8}, 0.0, 1.0, default_generator(), float64), before = z.clone();
  (void)lstm(z, x[2]);
  EXPECT_EQ(max(abs(z - before)).item(), 0.0);
}

TEST(Lstm, GivesTheSameBitsForAnyNumberOfThreads) {
  const std::vector<Tensor> x = inputs(4, 100, 20, 64, float32);
  Generator g(7);
  const Tensor r = normal({4, 100, 64}, 0.0, 1.0, g);
  const int before = num_threads();
  std::vector<std::vector<Tensor>> all;
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    all.push_back(value_and_gradients(run, parameters_of(x), r));
  }
  set_num_threads(before);
  for (const auto& other : all) {
    for (std::size_t i = 0; i < other.size(); ++i) EXPECT_EQ(max(abs(other[i] - all[0][i])).item(), 0.0) << i;
  }
}

TEST(Lstm, ReportsWrongShapes) {
  const std::vector<Variable> v = parameters_of(inputs(2, 3, 4, 5));
  EXPECT_THROW_TEXT(
      (void)lstm(v[0], v[2], v[2], v[3]), ShapeError,
      "lstm: needs x (T, N, features), w (features, 4 units) and u (units, 4 units), got shapes "
      "(2, 3, 4), (5, 20) and (5, 20)");
  EXPECT_THROW_TEXT((void)lstm(zeros({2, 3, 8}), zeros({3, 8})), ShapeError,
                    "lstm: needs z (T, N, 4 units) and u (units, 4 units), got shapes (2, 3, 8) and (3, 8)");
}

TEST(LSTM, GivesTheLastStateOrAll) {
  set_seed(1);
  LSTM last(3, 4), all(3, 4, {.return_sequences = true});
  all.kernel = last.kernel;
  all.recurrent_kernel = last.recurrent_kernel;
  const Tensor x = normal({5, 6, 3});
  const Variable h = all(x);
  EXPECT_EQ(h.shape(), (Shape{5, 6, 4}));
  EXPECT_EQ(last(x).shape(), (Shape{5, 4}));
  EXPECT_EQ(max(abs(last(x).value() - squeeze(slice(h.value(), 1, {5, 6}), 1))).item(), 0.0);
  EXPECT_EQ(last.describe(), "LSTM(3 -> 4)");
  EXPECT_EQ(all.describe(), "LSTM(3 -> 4, sequences)");
  EXPECT_EQ(all(zeros({5, 0, 3})).shape(), (Shape{5, 0, 4}));
  EXPECT_EQ(last(zeros({0, 6, 3})).shape(), (Shape{0, 4}));
}

TEST(LSTM, BeginsAsKeras) {
  LSTM layer(3, 4);
  const Tensor b = layer.bias->value(), u = layer.recurrent_kernel.value();
  EXPECT_EQ(sum(b).item(), 4.0);
  EXPECT_EQ(sum(slice(b, 0, {4, 8})).item(), 4.0);  // the forget gate's
  EXPECT_LE(max(abs(matmul(u, transpose(u)) - eye(4))).item(), 1e-5);
  LSTM plain(3, 4, {.unit_forget_bias = false});
  EXPECT_EQ(sum(plain.bias->value()).item(), 0.0);
  LSTM without(3, 4, {.bias = false});
  EXPECT_EQ(nn::parameters(without).size(), 2U);
  EXPECT_EQ(nn::parameters(layer)[1].name, "recurrent_kernel");
}

TEST(LSTM, ReportsWrongInput) {
  LSTM layer(3, 4);
  EXPECT_THROW_TEXT((void)layer(zeros({2, 3})), ShapeError,
                    "LSTM(3 -> 4) expects sequences (N, T, 3), got an input of shape (2, 3); Reshape makes "
                    "steps of its features");
  EXPECT_THROW_TEXT((void)layer(zeros({2, 6, 5})), ShapeError, "got an input of shape (2, 6, 5)");
  EXPECT_THROW_TEXT((void)layer(zeros({2, 6, 3}, float64)), DTypeError,
                    "LSTM(3 -> 4): the kernel is float32, but the input (2, 6, 3) is float64");
  EXPECT_THROW_TEXT((void)layer(zeros({2, 0, 3})), ShapeError, "has no step, so there is no last state");
  EXPECT_THROW_TEXT(LSTM(0, 4), ShapeError, "LSTM: needs at least one feature and one unit, got 0 -> 4");
}

TEST(RepeatVector, RepeatsFeatures) {
  RepeatVector repeat(3);
  const Tensor x = tensor({{1, 2}, {3, 4}});
  const Variable y = repeat(x);
  EXPECT_EQ(y.shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(y.value()[1][2][0].item(), 3.0);
  EXPECT_GRADIENTS(
      [](X v) {
        RepeatVector r(3);
        return square(r(v[0]));
      },
      wild("x", 0, {2, 4}));
  EXPECT_THROW_TEXT((void)repeat(zeros({2, 3, 4})), ShapeError,
                    "RepeatVector(3) expects features (N, F), got an input of shape (2, 3, 4)");
  EXPECT_THROW_TEXT(RepeatVector(0), DataError, "RepeatVector: needs at least one step, got 0");
}

// Sine waves of random phase have two numbers each, and a code of four holds them.
TEST(LSTM, LearnsToRepeatWaves) {
  set_seed(3);
  constexpr std::int64_t kSteps = 16;
  const Tensor phase = uniform({64, 1}, 0.0, 6.28), t = reshape(arange(0.0, 16.0), {1, kSteps});
  const Tensor x = unsqueeze(sin(t * 0.5 + phase), 2);
  Sequential net(LSTM(1, 16), Dense(16, 4), RepeatVector(kSteps), LSTM(4, 16, {.return_sequences = true}),
                 Dense(16, 1));
  optim::Adam adam({.learning_rate = 1e-2});
  const auto error = [&] { return mean_squared_error(net(x), x); };
  for (int step = 0; step < 300; ++step) {
    backward(error());
    adam.step(nn::parameters(net));
  }
  EXPECT_LT(error().item(), 0.02);  // their variance is 0.5
}

}  // namespace
}  // namespace hourglass::nn
