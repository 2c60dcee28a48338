#include "support/expect_error.h"
#include "support/golden.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>

namespace hourglass::optim {
namespace {

using testing::relative_difference;
using testing::wild;
using Make = std::function<std::unique_ptr<Optimizer>()>;

template <class O, class Options>
Make make(Options options) {
  return [options] { return std::make_unique<O>(options); };
}

const std::vector<std::pair<std::string, Make>>& cases() {
  static const std::vector<std::pair<std::string, Make>> all{
      {"sgd", make<SGD>(SGDOptions{})},
      {"sgd_momentum", make<SGD>(SGDOptions{.momentum = 0.9})},
      {"sgd_nesterov", make<SGD>(SGDOptions{.momentum = 0.9, .nesterov = true})},
      {"rmsprop", make<RMSprop>(RMSpropOptions{.learning_rate = 0.01})},
      {"rmsprop_momentum_centered",
       make<RMSprop>(RMSpropOptions{.learning_rate = 0.01, .momentum = 0.5, .centered = true})},
      {"adagrad", make<Adagrad>(AdagradOptions{.learning_rate = 0.05})},
      {"adadelta", make<Adadelta>(AdadeltaOptions{.learning_rate = 1.0})},
      {"adam", make<Adam>(AdamOptions{.learning_rate = 0.05})},
      {"adam_amsgrad", make<Adam>(AdamOptions{.learning_rate = 0.05, .amsgrad = true})},
      {"adamw", make<AdamW>(AdamWOptions{.learning_rate = 0.05, .weight_decay = 0.1})},
  };
  return all;
}

// Σ c (w − t)⁴ + w²
Variable loss(const Variable& w, DType dtype) {
  const Tensor c = wild("optim", 1, {7}, 0.1, 1.0).to(dtype), t = wild("optim", 2, {7}).to(dtype);
  return sum(c * square(square(w - t))) + sum(square(w));
}

void train(Optimizer& optimizer, const Variable& w, int steps) {
  const std::vector<NamedParameter> parameters{{"w", w}};
  for (int i = 0; i < steps; ++i) {
    backward(loss(w, w.dtype()));
    optimizer.step(parameters);
    EXPECT_FALSE(w.gradient());
  }
}

class EveryOptimizer : public ::testing::TestWithParam<std::size_t> {};

TEST_P(EveryOptimizer, TakesTenStepsAsPyTorchDoes) {
  static const testing::Golden golden("optim");
  const auto& [name, make_optimizer] = cases()[GetParam()];
  for (const auto& [dtype, tolerance] : {std::pair{float64, 1e-10}, {float32, 1e-5}}) {
    const Variable w = Variable::parameter(wild("optim", 0, {7}).to(dtype));
    const auto optimizer = make_optimizer();
    train(*optimizer, w, 10);
    EXPECT_LE(relative_difference(w.value(), golden.at(name, "value")), tolerance) << name;
    EXPECT_EQ(optimizer->iterations(), 10);
  }
}

TEST_P(EveryOptimizer, ResumesToTheSameBits) {
  const Make& make_optimizer = cases()[GetParam()].second;
  const Variable straight = Variable::parameter(wild("optim", 0, {7}));
  const auto one = make_optimizer();
  train(*one, straight, 10);

  const Variable stopped = Variable::parameter(wild("optim", 0, {7}));
  const auto before = make_optimizer();
  train(*before, stopped, 4);
  const std::vector<NamedTensor> state = before->state();
  train(*before, stopped.detach(), 0);
  const auto after = make_optimizer();
  after->set_state(state);
  train(*after, stopped, 6);
  EXPECT_EQ(max(abs(straight.value() - stopped.value())).item(), 0.0);
}

INSTANTIATE_TEST_SUITE_P(Table, EveryOptimizer, ::testing::Range<std::size_t>(0, cases().size()),
                         [](const auto& info) { return cases()[info.param].first; });

TEST(Optimizer, RefusesWhatItCannotTrain) {
  Adam adam;
  EXPECT_THROW_TEXT(adam.step({}), DataError, "Adam: the parameter list is empty");
  const Variable w = Variable::parameter(zeros({2}));
  const std::vector<NamedParameter> twice{{"w", w}, {"w", w}};
  EXPECT_THROW_TEXT(adam.step(twice), DataError, "the name \"w\" stands in the parameter list twice");
  const std::vector<NamedParameter> shared{{"w", w}, {"v", w}};
  EXPECT_THROW_TEXT(adam.step(shared), DataError, "Adam: \"w\" and \"v\" are one parameter; name it once");
  backward(sum(w));
  const std::vector<NamedParameter> one{{"w", w}};
  adam.step(one);
  const Variable other = Variable::parameter(zeros({3}));
  backward(sum(other));
  const std::vector<NamedParameter> changed{{"w", other}};
  EXPECT_THROW_TEXT(adam.step(changed), ShapeError,
                    "Adam: parameter \"w\" had shape (2,) (float32) and has (3,)");
}

TEST(Optimizer, ChecksItsOptions) {
  EXPECT_THROW_TEXT(Adam({.learning_rate = -1.0}), DataError,
                    "learning_rate: must be finite and not negative, got -1");
  EXPECT_THROW_TEXT(Adam({.beta_1 = 1.0}), DataError, "Adam: beta_1 must be in [0, 1), got 1");
  EXPECT_THROW_TEXT(SGD({.nesterov = true}), DataError, "SGD: nesterov needs a momentum above 0");
  EXPECT_THROW_TEXT(RMSprop({.epsilon = -1.0}), DataError, "RMSprop: epsilon must not be negative");
  EXPECT_THROW_TEXT(SGD({.clipping = {.clipnorm = 0.0}}), DataError, "clipnorm: must be positive, got 0");
}

TEST(Optimizer, LeavesParametersWithoutGradientAlone) {
  Variable frozen = Variable::parameter(ones({2})), w = Variable::parameter(ones({2}));
  frozen.set_requires_grad(false);
  backward(sum(w * frozen));
  Adam adam({.learning_rate = 0.5});
  const std::vector<NamedParameter> both{{"frozen", frozen}, {"w", w}};
  adam.step(both);
  EXPECT_EQ(frozen.value()[0].item(), 1.0);
  EXPECT_NEAR(w.value()[0].item(), 0.5, 1e-5);
  EXPECT_EQ(adam.state().size(), 4U);  // iterations, factor, w.m, w.v: none for the frozen one
}

TEST(Optimizer, StateOfAnotherKindChangesNothing) {
  Adam adam;
  const Variable w = Variable::parameter(ones({2}));
  backward(sum(w));
  const std::vector<NamedParameter> list{{"w", w}};
  adam.step(list);
  const std::vector<NamedTensor> wrong{{"iterations", full({}, 9, int64)}, {"w.accumulator", zeros({2})}};
  EXPECT_THROW_TEXT(adam.set_state(wrong), DataError,
                    "Adam: this is not a state of this optimizer: \"w.accumulator\"");
  EXPECT_EQ(adam.iterations(), 1);
}

TEST(Optimizer, TrainsOneModel) {
  const Variable a = Variable::parameter(ones({2})), b = Variable::parameter(ones({2}));
  const std::vector<NamedParameter> one{{"kernel", a}}, other{{"kernel", b}};
  Adam adam;
  backward(sum(square(a)));
  adam.step(one);
  backward(sum(square(b)));
  EXPECT_THROW_TEXT(
      adam.step(other), DataError,
      "Adam: what is kept under the name \"kernel\" belongs to another parameter of that name; use "
      "one Adam for each model");
  EXPECT_EQ(adam.iterations(), 1);
  EXPECT_EQ(max(abs(b.value() - 1.0)).item(), 0.0);
  adam.forget("kern");
  EXPECT_NO_THROW(adam.step(other));
}

TEST(Optimizer, KnowsAParameterWhateverItsValue) {
  Variable w = Variable::parameter(ones({2}));
  Adam adam;
  const auto step = [&](Variable variable) {
    backward(sum(square(variable)));
    adam.step(std::vector<NamedParameter>{{"w", variable}});
  };
  step(w);
  w.set_value(full({2}, 5.0));  // loaded anew
  step(w);
  Variable moved = std::move(w);
  step(moved);
  const std::vector<NamedTensor> state = adam.state();
  adam.set_state(state);  // resumed: the first step says whose the moments are
  const Variable fresh = Variable::parameter(ones({2}));
  step(fresh);
  backward(sum(square(moved)));
  EXPECT_THROW_TEXT(adam.step(std::vector<NamedParameter>{{"w", moved}}), DataError, "another parameter");
  SGD sgd;  // keeps nothing that could mix
  for (const Variable& v : {moved, fresh}) {
    backward(sum(square(v)));
    EXPECT_NO_THROW(sgd.step(std::vector<NamedParameter>{{"w", v}}));
  }
}

TEST(Optimizer, NamesWhatAStepMadeInfinite) {
  for (const DType dtype : {float32, float64}) {
    const Variable fine = Variable::parameter(ones({70000}, dtype)),
                   huge = Variable::parameter(ones({70000}, dtype));
    SGD sgd({.learning_rate = 1e30});
    const double slope = dtype == float32 ? 1e30 : 1e300;
    Tensor last = zeros({70000}, dtype);
    Tensor element = last[69999];
    element.fill(1.0);
    backward(sum(fine) * 1e-30 + sum(huge * last) * slope);
    const std::vector<NamedParameter> both{{"fine", fine}, {"huge", huge}};
    EXPECT_THROW_TEXT(
        sgd.step(both), DataError,
        "SGD: the step at learning rate 1e+30 made parameter \"huge\" (70000,) infinite or nan");
    EXPECT_TRUE(huge.gradient());
    EXPECT_EQ(sgd.iterations(), 0);
  }
  const Variable w = Variable::parameter(ones({3}));
  backward(sum(w * tensor({0, 1, std::numeric_limits<double>::quiet_NaN()})));
  Adam adam;
  EXPECT_THROW_TEXT(adam.step(std::vector<NamedParameter>{{"w", w}}), DataError,
                    "parameter \"w\" (3,) infinite");
}

// Where activations saturate, the loss stays finite while the weights do not.
TEST(Optimizer, NoticesInfiniteWeightsBehindAFiniteLoss) {
  const Variable w = Variable::parameter(full({4, 400, 400}, 1e-3));
  SGD sgd({.learning_rate = 1e38});
  const std::vector<NamedParameter> list{{"w", w}};
  const auto train = [&] {
    for (int i = 0; i < 30; ++i) sgd.minimize(sum(tanh(w)) * 1e5, list);
  };
  EXPECT_THROW_TEXT(train(), DataError, "infinite or nan");
}

TEST(Optimizer, SaysThatItChangedAValue) {
  const Variable w = Variable::parameter(ones({2}));
  const std::vector<NamedParameter> list{{"w", w}};
  const Variable before = sum(square(w));
  Adam adam;
  adam.minimize(sum(square(w)), list);
  EXPECT_THROW_TEXT(backward(before), GradientError,
                    "was changed in place after it was recorded, by Adam; change");
}

TEST(Optimizer, MultipliesRatesByPrefix) {
  const auto parameter = [] { return Variable::parameter(zeros({2}, float64)); };
  const std::vector<NamedParameter> list{
      {"encoder.0.kernel", parameter()}, {"encoder.1.kernel", parameter()}, {"decoder.kernel", parameter()}};
  SGD sgd({.learning_rate = 1.0, .learning_rate_multipliers = {{"encoder.", 0.5}, {"encoder.1", 0.0}}});
  Variable total = zeros({}, float64);
  for (const NamedParameter& p : list) total = total + sum(p.variable);
  sgd.minimize(total, list);
  EXPECT_EQ(list[0].variable.value()[0].item(), -0.5);
  EXPECT_EQ(list[1].variable.value()[0].item(), 0.0);
  EXPECT_EQ(list[2].variable.value()[0].item(), -1.0);
  SGD wrong({.learning_rate_multipliers = {{"coder.", 0.5}}});
  backward(sum(list[0].variable));
  EXPECT_THROW_TEXT(wrong.step(list), DataError, "SGD: no parameter's name begins with \"coder.\"");
  EXPECT_THROW_TEXT(Adam({.learning_rate_multipliers = {{"a", -1.0}}}), DataError,
                    "the multiplier of \"a\" must be finite and not negative, got -1");
}

Variable micro_loss(const Variable& w, int i) { return sum(square(w - static_cast<double>(i))); }

TEST(Optimizer, AccumulatesGradients) {
  const Variable w = Variable::parameter(ones({3}, float64)), whole = Variable::parameter(ones({3}, float64));
  const std::vector<NamedParameter> list{{"w", w}}, whole_list{{"w", whole}};
  Adam adam({.clipping = {.global_clipnorm = 2.0}, .gradient_accumulation_steps = 4}),
      plain({.clipping = {.global_clipnorm = 2.0}});
  for (int step = 0; step < 3; ++step) {
    Variable loss = zeros({}, float64);
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(adam.iterations(), step);
      adam.minimize(micro_loss(w, i), list);
      EXPECT_FALSE(w.gradient());
      loss = loss + 0.25 * micro_loss(whole, i);
    }
    plain.minimize(loss, whole_list);
    EXPECT_LE(max(abs(w.value() - whole.value())).item(), 1e-12);
  }
  EXPECT_THROW_TEXT(SGD({.gradient_accumulation_steps = 0}), DataError,
                    "SGD: gradient_accumulation_steps must be at least 1, got 0");
}

TEST(Optimizer, ResumesWithinAnAccumulation) {
  const AdamOptions options{.gradient_accumulation_steps = 3};
  for (int stop = 0; stop < 7; ++stop) {
    const Variable straight = Variable::parameter(ones({3})), stopped = Variable::parameter(ones({3}));
    Adam one(options), before(options), after(options);
    const auto train = [](Adam& adam, const Variable& w, int from, int to) {
      const std::vector<NamedParameter> list{{"w", w}};
      for (int i = from; i < to; ++i) adam.minimize(micro_loss(w, i), list);
    };
    train(one, straight, 0, 7);
    train(before, stopped, 0, stop);
    after.set_state(before.state());
    train(after, stopped, stop, 7);
    EXPECT_EQ(max(abs(straight.value() - stopped.value())).item(), 0.0) << stop;
    EXPECT_EQ(after.iterations(), 2);
  }
  Adam accumulating(options), plain;
  const Variable w = Variable::parameter(ones({3}));
  accumulating.minimize(micro_loss(w, 1), std::vector<NamedParameter>{{"w", w}});
  EXPECT_THROW_TEXT(plain.set_state(accumulating.state()), DataError,
                    "\"accumulated_steps\" \"w.accumulated\"");
}

TEST(Optimizer, GivesTheSameBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  std::vector<Tensor> results;
  for (const int threads : {1, 2, 3, 4}) {
    set_num_threads(threads);
    Generator g(3);
    const Variable w = Variable::parameter(normal({100, 999}, 0, 1, g));
    Adam adam({.clipping = {.global_clipnorm = 0.5}});
    const std::vector<NamedParameter> list{{"w", w}};
    for (int i = 0; i < 3; ++i) {
      backward(sum(square(square(w))));
      adam.step(list);
    }
    results.push_back(w.value());
  }
  set_num_threads(before);
  for (const Tensor& r : results) {
    EXPECT_EQ(std::memcmp(r.data<float>(), results[0].data<float>(), static_cast<std::size_t>(r.size()) * 4),
              0);
  }
}

TEST(Clipping, BoundsGradientsByValueNormAndGlobalNorm) {
  Variable a = Variable::parameter(zeros({2}, float64)), b = Variable::parameter(zeros({1}, float64));
  const std::vector<NamedParameter> list{{"a", a}, {"b", b}};
  const auto set = [&] {
    a.set_gradient(tensor({3, -4}, float64));
    b.set_gradient(tensor({12}, float64));
  };
  set();
  EXPECT_EQ(global_norm(list), 13.0);
  EXPECT_EQ(clip_by_global_norm(list, 6.5), 13.0);
  EXPECT_EQ(a.gradient()->value().str(), "[ 1.5 -2. ]");
  EXPECT_EQ(b.gradient()->value().str(), "[6.]");
  set();
  clip_by_norm(list, 1.0);
  EXPECT_NEAR(global_norm(list), std::sqrt(2.0), 1e-12);
  set();
  clip_by_value(list, 3.5);
  EXPECT_EQ(a.gradient()->value().str(), "[ 3.  -3.5]");
}

TEST(Schedule, FollowsItsFormula) {
  EXPECT_EQ(LearningRate(0.1).at(99), 0.1);
  EXPECT_EQ((StepDecay{1.0, 10, 0.5}(25)), 0.25);
  EXPECT_NEAR((ExponentialDecay{1.0, 10, 0.5}(15)), std::pow(0.5, 1.5), 1e-15);
  EXPECT_EQ((ExponentialDecay{1.0, 10, 0.5, true}(15)), 0.5);
  EXPECT_NEAR((CosineDecay{1.0, 100, 0.1}(50)), 0.55, 1e-15);
  EXPECT_NEAR((CosineDecay{1.0, 100, 0.1}(500)), 0.1, 1e-15);
  const WarmUp warm{4, CosineDecay{1.0, 100}};
  EXPECT_EQ(warm(0), 0.0);
  EXPECT_EQ(warm(2), 0.5);
  EXPECT_EQ(warm(4), 1.0);
  EXPECT_NEAR(warm(54), 0.5, 1e-15);
  SGD sgd({.learning_rate = StepDecay{1.0, 1, 0.5}});
  const Variable w = Variable::parameter(zeros({}, float64));
  const std::vector<NamedParameter> list{{"w", w}};
  for (int i = 0; i < 3; ++i) {
    backward(w * 1.0);
    sgd.step(list);
  }
  EXPECT_EQ(w.item(), -(1.0 + 0.5 + 0.25));
  sgd.set_learning_rate(0.5);
  EXPECT_EQ(sgd.learning_rate(), 0.5);
}

TEST(Schedule, ReducesOnAPlateau) {
  ReduceOnPlateau plateau({.factor = 0.5, .patience = 2, .min_learning_rate = 0.3});
  double rate = 1.0;
  std::vector<double> rates;
  for (const double value : {1.0, 0.9, 0.9, 0.95, 0.9, 0.9, 0.9})
    rates.push_back(rate = plateau.next(value, rate));
  EXPECT_EQ(rates, (std::vector<double>{1.0, 1.0, 1.0, 0.5, 0.5, 0.3, 0.3}));
}

}  // namespace
}  // namespace hourglass::optim
