// Recurrent layers with lengths and states: PyTorch's packed sequences, gradients of both orders, and what
// lies beyond a length.

#include "support/expect_error.h"
#include "support/golden.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/gru.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/lstm.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/steps.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/clone.h>
#include <hourglass/nn/layers/bidirectional.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/gru.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/time_distributed.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

#include <cstring>
#include <limits>

namespace hourglass::nn {
namespace {

using testing::wild;
using X = const std::vector<Variable>&;

const Shape kX{3, 5, 3}, kState{3, 2};
const std::vector<Shape> kLstm{{3, 8}, {2, 8}, {8}}, kGru{{3, 6}, {2, 6}, {2, 6}};

Tensor lengths() { return tensor({5, 2, 3}, int64); }

// All that a layer gives, in a row, as the rows of make_sequences.py have it.
Variable row_of(const RecurrentOutput& out) {
  std::vector<Variable> parts{reshape(out.y, {-1})};
  for (const Variable& s : out.state) parts.push_back(reshape(s, {-1}));
  return concat(parts);
}

template <class L>
void set_weights(L& layer, X v, std::size_t at) {
  layer.kernel = v[at], layer.recurrent_kernel = v[at + 1], layer.bias = v[at + 2];
}

template <class L>
auto options_of(DType dtype, bool sequences = true) {
  decltype(typename L::Config{}.options) o;
  o.return_sequences = sequences, o.dtype = dtype;
  return o;
}

// v: x, the weights of each direction, the parts of the state of each
template <class L>
Variable one_way(X v) {
  L layer(3, 2, options_of<L>(v[0].dtype()));
  set_weights(layer, v, 1);
  return row_of(layer(v[0], {lengths(), {v.begin() + 4, v.end()}}));
}
template <class L>
Variable both_ways(X v) {
  Bidirectional layer(L(3, 2, options_of<L>(v[0].dtype())));
  set_weights(layer.forward_layer(), v, 1);
  set_weights(layer.backward_layer(), v, 4);
  return row_of(layer(v[0], {lengths(), {v.begin() + 7, v.end()}}));
}

std::vector<Shape> shapes(const std::vector<Shape>& weights, int directions, std::size_t states) {
  std::vector<Shape> out{kX};
  for (int i = 0; i < directions; ++i) out.insert(out.end(), weights.begin(), weights.end());
  out.insert(out.end(), states, kState);
  return out;
}

struct Row {
  const char* name;
  testing::Function fn;
  std::vector<Shape> shapes;
};
const std::vector<Row>& rows() {
  static const std::vector<Row> all{{"lstm_packed", one_way<LSTM>, shapes(kLstm, 1, 2)},
                                    {"gru_packed", one_way<GRU>, shapes(kGru, 1, 1)},
                                    {"lstm_both_ways", both_ways<LSTM>, shapes(kLstm, 2, 4)},
                                    {"gru_both_ways", both_ways<GRU>, shapes(kGru, 2, 2)}};
  return all;
}

std::vector<Tensor> inputs_of(const Row& row, DType dtype = float64) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < row.shapes.size(); ++i)
    out.push_back(wild(row.name, i, row.shapes[i]).to(dtype));
  return out;
}

TEST(Recurrent, IsPyTorchsOnPackedSequences) {
  const testing::Golden golden("sequences");
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.name);
    expect_golden(golden, row.name, row.fn, inputs_of(row), 1e-10);
    expect_golden(golden, row.name, row.fn, inputs_of(row, float32), 1e-4);
  }
}

TEST(Recurrent, HasGradientsOfBothOrdersWithLengthsAndStates) {
  for (const std::size_t i : {std::size_t{0}, std::size_t{3}}) {
    const Row& row = rows()[i];
    EXPECT_TRUE(testing::gradients_are_right(row.name, row.fn, inputs_of(row)));
  }
}

TEST(Recurrent, HasGradientsWhereAStateComesFromTheInput) {
  EXPECT_GRADIENTS(
      [](X v) {
        GRU layer(3, 2, options_of<GRU>(float64));
        set_weights(layer, v, 1);
        const Variable h = slice(mean(v[0], 1), 1, {0, 2});
        return row_of(layer(v[0], {.initial_state = {h}}));
      },
      wild("g", 0, kX), wild("g", 1, kGru[0]), wild("g", 2, kGru[1]), wild("g", 3, kGru[2]));
}

bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = a.contiguous(), y = b.contiguous();
  return x.shape() == y.shape() && x.dtype() == float32 &&
         std::memcmp(x.data<float>(), y.data<float>(), static_cast<std::size_t>(x.size()) * 4) == 0;
}

// Output, loss and all gradients of a layer, that by the input included, for what x has beyond its lengths.
std::vector<Tensor> results_of(Layer& layer, const Tensor& x, const Tensor& beyond) {
  const Tensor there = unsqueeze(steps_there(lengths(), x.shape(1)), 2);
  const Variable in = Variable::parameter(where(there, x, beyond));
  const Variable y = call_with_lengths(layer, in, lengths()), loss = sum(square(y));
  std::vector<Tensor> out{y.value(), loss.value()};
  std::vector<Variable> by{in};
  for (const auto& p : parameters(layer)) by.push_back(p.variable);
  for (const Variable& g : grad(std::span(&loss, 1), by)) out.push_back(g.value());
  return out;
}

template <class L>
void expect_no_bit_changes(L layer, const char* what) {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const Tensor x = wild("beyond", 0, kX).to(float32);
  const std::vector<Tensor> expected = results_of(layer, x, zeros({1, 1, 1}));
  for (const float beyond : {7.0F, -1e38F, kInf, -kInf, std::numeric_limits<float>::quiet_NaN()}) {
    const std::vector<Tensor> ours = results_of(layer, x, full({1, 1, 1}, beyond));
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_TRUE(same_bits(ours[i], expected[i])) << what << ", " << beyond << " beyond, array " << i;
  }
}

TEST(Recurrent, SeesNothingOfWhatLiesBeyondALength) {
  set_seed(2);
  for (const bool all : {false, true}) {
    expect_no_bit_changes(LSTM(3, 4, {.return_sequences = all}), "LSTM");
    expect_no_bit_changes(GRU(3, 4, {.return_sequences = all}), "GRU");
    expect_no_bit_changes(GRU(3, 4, {.return_sequences = all, .reset_after = false}), "GRU");
    expect_no_bit_changes(Bidirectional(LSTM(3, 4, {.return_sequences = all})), "Bidirectional");
  }
  expect_no_bit_changes(
      Sequential(TimeDistributed(Dense(3, 4)), Conv1D(4, 4, {.padding = Padding::same}),
                 Bidirectional(GRU(4, 4, {.return_sequences = true})), LSTM(8, 4), Dense(4, 2)),
      "Sequential");
}

// A sequence in a batch is what it is alone: its steps, its state, and the gradient of its share of a loss.
TEST(Recurrent, GivesASequenceInABatchWhatItGetsAlone) {
  set_seed(3);
  LSTM layer(3, 4, {.return_sequences = true, .dtype = float64});
  const Tensor x = wild("batch", 0, kX);
  const RecurrentOutput together = layer(x, {.lengths = lengths()});
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto n = static_cast<std::int64_t>(lengths()[i].item());
    const RecurrentOutput alone = layer(slice(slice(x, 0, {i, i + 1}), 1, {0, n}), RecurrentCall{});
    const Tensor y = slice(slice(together.y.value(), 0, {i, i + 1}), 1, {0, n});
    EXPECT_LE(max(abs(y - alone.y.value())).item(), 1e-14);
    for (const int part : {0, 1}) {
      const auto p = static_cast<std::size_t>(part);
      EXPECT_LE(max(abs(slice(together.state[p].value(), 0, {i, i + 1}) - alone.state[p].value())).item(),
                1e-14);
    }
  }
}

TEST(Recurrent, GoesOnFromAState) {
  set_seed(4);
  const Tensor x = wild("on", 0, {3, 6, 3});
  const auto check = [&](auto layer) {
    const RecurrentOutput all = layer(x, RecurrentCall{});
    const RecurrentOutput first = layer(slice(x, 1, {0, 2}), RecurrentCall{});
    const RecurrentOutput rest = layer(slice(x, 1, {2, 6}), {.initial_state = first.state});
    EXPECT_LE(max(abs(concat({first.y, rest.y}, 1).value() - all.y.value())).item(), 1e-14);
    for (std::size_t i = 0; i < all.state.size(); ++i)
      EXPECT_LE(max(abs(all.state[i].value() - rest.state[i].value())).item(), 1e-14);
    EXPECT_LE(max(abs(layer(x).value() - all.y.value())).item(), 1e-14);
  };
  check(LSTM(3, 4, {.return_sequences = true, .dtype = float64}));
  check(GRU(3, 4, {.return_sequences = true, .dtype = float64}));
  check(GRU(3, 4, {.return_sequences = true, .reset_after = false, .dtype = float64}));
}

TEST(Recurrent, GivesTheSameBitsForAnyNumberOfThreads) {
  Generator g(5);
  const Tensor x = normal({90, 6, 16}, 0.0, 1.0, g);
  set_seed(6);
  GRU gru(16, 64), before(16, 64, {.reset_after = false});
  LSTM lstm(16, 64);
  const int saved = num_threads();
  std::vector<std::vector<Tensor>> all;
  for (const int threads : {1, 2, 3, 4}) {
    set_num_threads(threads);
    all.emplace_back();
    for (Recurrent* const layer :
         {static_cast<Recurrent*>(&gru), static_cast<Recurrent*>(&before), static_cast<Recurrent*>(&lstm)}) {
      const RecurrentOutput out = (*layer)(x, RecurrentCall{});
      Variable loss = sum(square(out.y));
      for (const Variable& s : out.state) loss = loss + sum(s);
      for (const Variable& d : grad({loss}, {layer->kernel, layer->recurrent_kernel, *layer->bias}))
        all.back().push_back(d.value());
    }
  }
  set_num_threads(saved);
  for (const auto& other : all) {
    for (std::size_t i = 0; i < other.size(); ++i) EXPECT_TRUE(same_bits(other[i], all[0][i])) << i;
  }
}

TEST(GRU, TakesARepeatedInputAsOneLaidOut) {
  set_seed(7);
  GRU layer(3, 4, {.return_sequences = true, .dtype = float64});
  const auto gradients = [&](bool laid_out) {
    const Variable x = Variable::parameter(wild("r", 0, {2, 3}));
    Variable steps = broadcast_to(unsqueeze(x, 1), {2, 5, 3});
    if (laid_out) steps = steps + 0.0;
    const Variable y = layer(steps), loss = sum(square(y));
    return grad({loss}, {x, layer.kernel, layer.recurrent_kernel, *layer.bias});
  };
  const std::vector<Variable> ours = gradients(false), expected = gradients(true);
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_LE(max(abs(ours[i].value() - expected[i].value())).item(), 1e-13) << i;
}

TEST(GRU, BeginsAsKeras) {
  GRU layer(3, 4);
  EXPECT_EQ(layer.describe(), "GRU(3 -> 4)");
  EXPECT_EQ(layer.bias->shape(), (Shape{2, 12}));
  EXPECT_EQ(sum(layer.bias->value()).item(), 0.0);
  EXPECT_EQ(GRU(3, 4, {.reset_after = false}).bias->shape(), Shape{12});
  GRU plain(3, 4, {.bias = false});
  EXPECT_EQ(parameters(plain).size(), 2U);
  EXPECT_EQ(layer(zeros({0, 6, 3})).shape(), (Shape{0, 4}));
  GRU all(3, 4, {.return_sequences = true});
  EXPECT_EQ(all(zeros({5, 0, 3})).shape(), (Shape{5, 0, 4}));
}

TEST(Recurrent, TakesPenaltiesOfBothKernels) {
  LSTM layer(2, 3, {.kernel_regularizer = L2(0.5), .recurrent_regularizer = L1(0.25)});
  const double expected =
      0.5 * sum(square(layer.kernel.value())).item() + 0.25 * sum(abs(layer.recurrent_kernel.value())).item();
  EXPECT_NEAR(regularization_loss(layer)->item(), expected, 1e-5);
  GRU plain(2, 3);
  EXPECT_FALSE(regularization_loss(plain).has_value());
  Bidirectional both(GRU(2, 3, {.recurrent_regularizer = L2(1.0)}));
  EXPECT_NEAR(regularization_loss(both)->item(), 6.0, 1e-4);  // two orthogonal kernels (3, 9)
}

TEST(Bidirectional, MergesAsItIsTold) {
  set_seed(8);
  const Tensor x = wild("merge", 0, {2, 4, 3}).to(float32);
  const LSTM a(3, 2, {.return_sequences = true}), b(3, 2, {.return_sequences = true});
  using Merge = BidirectionalMerge;
  const auto merged = [&](Merge merge) {
    return Bidirectional(clone(a), clone(b), {.merge = merge})(x).value();
  };
  const Tensor both = merged(Merge::concat), there = slice(both, 2, {0, 2}), back = slice(both, 2, {2, 4});
  EXPECT_EQ(max(abs(merged(Merge::sum) - (there + back))).item(), 0.0);
  EXPECT_EQ(max(abs(merged(Merge::mul) - there * back)).item(), 0.0);
  EXPECT_EQ(max(abs(merged(Merge::ave) - (there + back) / 2.0)).item(), 0.0);
  EXPECT_EQ(Bidirectional(clone(a)).describe(), "Bidirectional(LSTM(3 -> 2, sequences), concat)");
  Bidirectional whole(clone(a));
  EXPECT_EQ(parameters(whole)[3].name, "backward_layer.kernel");
  const Bidirectional copy = clone(whole);
  EXPECT_NE(copy.forward_layer().kernel.node(), whole.forward_layer().kernel.node());
}

TEST(TimeDistributed, IsItsLayerAtEachStep) {
  set_seed(9);
  TimeDistributed layer(Dense(3, 2));
  const Tensor x = wild("td", 0, {2, 4, 3}).to(float32);
  const Tensor y = layer(x).value();
  EXPECT_EQ(y.shape(), (Shape{2, 4, 2}));
  for (std::int64_t t = 0; t < 4; ++t) {
    const Tensor step = layer.layer()(squeeze(slice(x, 1, {t, t + 1}), 1)).value();
    EXPECT_LE(max(abs(squeeze(slice(y, 1, {t, t + 1}), 1) - step)).item(), 1e-6);
  }
  EXPECT_EQ(layer.describe(), "TimeDistributed(Dense(3 -> 2))");
  EXPECT_THROW_TEXT(
      (void)layer(zeros({2, 3})), ShapeError,
      "TimeDistributed(Dense(3 -> 2)) expects sequences (N, T, …), got an input of shape (2, 3)");
}

TEST(Recurrent, ReportsWhatDoesNotFit) {
  GRU layer(3, 4);
  LSTM lstm(3, 4);
  const Tensor x = zeros({2, 5, 3});
  const auto with_lengths = [&](const Tensor& n) { return layer(x, {.lengths = n}).y; };
  EXPECT_THROW_TEXT((void)with_lengths(tensor({5, 6}, int64)), DataError,
                    "mask_steps: sequence 1 has length 6, but its batch (2, 5, 3) has 5 steps");
  EXPECT_THROW_TEXT((void)with_lengths(tensor({0, 5}, int64)), DataError, "sequence 0 has length 0");
  EXPECT_THROW_TEXT((void)with_lengths(tensor({5}, int64)), ShapeError,
                    "needs one length for each of the sequences (2, 5, 3), got shape (1,)");
  EXPECT_THROW_TEXT((void)with_lengths(ones({2})), DTypeError, "lengths are int64, got float32");
  EXPECT_THROW_TEXT((void)lstm(x, {.initial_state = {zeros({2, 4})}}), ShapeError,
                    "LSTM(3 -> 4): its state has 2 parts, but 1 were given");
  EXPECT_THROW_TEXT((void)layer(x, {.initial_state = {zeros({2, 3})}}), ShapeError,
                    "the initial state of an input of shape (2, 5, 3) is (N, units), (2, 4), got (2, 3)");
  EXPECT_THROW_TEXT((void)layer(zeros({2, 0, 3}), RecurrentCall{}), ShapeError, "has no step");
  EXPECT_THROW_TEXT(GRU(0, 4), ShapeError, "GRU: needs at least one feature and one unit, got 0 -> 4");
  EXPECT_THROW_TEXT(Bidirectional(LSTM(3, 4), GRU(2, 4)), ShapeError,
                    "Bidirectional: LSTM(3 -> 4) and GRU(2 -> 4) do not go together");
  EXPECT_THROW_TEXT((void)gru(zeros({2, 3, 6}), zeros({2, 6}), zeros({6}), {}, {.reset_after = false}),
                    DataError, "gru: a bias of h U is one of reset_after alone");
  EXPECT_THROW_TEXT((void)gru(zeros({2, 3, 6}), zeros({3, 6})), ShapeError, "gru: needs a (T, N, 3 units)");
}

TEST(Steps, HaveLengthsWhereNumbersEnd) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = tensor({{1.0, kNan, 2.0, kNan}, {kNan, kNan, kNan, kNan}, {1.0, 2.0, 3.0, 4.0}});
  EXPECT_EQ(lengths_of(unsqueeze(x, 2)).str(), tensor({3, 1, 4}, int64).str());
  EXPECT_EQ(steps_there(tensor({2, 1}, int64), 3).str(), tensor({{1, 1, 0}, {1, 0, 0}}, uint8).str());
}

}  // namespace
}  // namespace hourglass::nn
