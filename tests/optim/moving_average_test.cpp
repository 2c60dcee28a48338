#include "support/expect_error.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/optim/moving_average.h>
#include <hourglass/optim/sgd.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gtest/gtest.h>

#include <cstring>

namespace hourglass::optim {
namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data<float>(), b.data<float>(), static_cast<std::size_t>(a.size()) * 4) == 0;
}

std::vector<NamedParameter> model(std::uint64_t seed) {
  Generator g(seed);
  return {{"w", Variable::parameter(normal({300, 90}, 0.0, 1.0, g))},
          {"b", Variable::parameter(normal({90}, 0.0, 1.0, g))}};
}

void train(const std::vector<NamedParameter>& p, SGD& sgd, ExponentialMovingAverage& average, int steps) {
  for (int i = 0; i < steps; ++i) {
    sgd.minimize(sum(square(p[0].variable + p[1].variable)), p);
    average.update(p);
  }
}

TEST(MovingAverage, FollowsItsFormula) {
  const auto p = model(1);
  SGD sgd({.learning_rate = 1e-3});
  ExponentialMovingAverage average({.momentum = 0.9});
  Tensor expected;
  for (int i = 0; i < 5; ++i) {
    sgd.minimize(sum(square(p[0].variable + p[1].variable)), p);
    average.update(p);
    const Tensor w = p[0].variable.value().to(float64);
    expected = i == 0 ? w.clone() : expected * 0.9 + w * 0.1;
  }
  const WithAverages averaged(average, p);
  EXPECT_LE(max(abs(p[0].variable.value().to(float64) - expected)).item(), 1e-6);
}

TEST(MovingAverage, SwapsToTheBit) {
  const auto p = model(2);
  SGD sgd({.learning_rate = 1e-3});
  ExponentialMovingAverage average({.momentum = 0.9});
  train(p, sgd, average, 3);
  const Tensor before = p[0].variable.value().clone();
  Tensor averages;
  {
    const WithAverages averaged(average, p);
    EXPECT_TRUE(average.is_swapped());
    averages = p[0].variable.value().clone();
    EXPECT_FALSE(same_bits(averages, before));
    EXPECT_THROW_TEXT(average.update(p), DataError,
                      "update while the averages are swapped in; swap back first");
    EXPECT_THROW_TEXT((void)average.state(), DataError, "state while the averages are swapped in");
  }
  EXPECT_FALSE(average.is_swapped());
  EXPECT_TRUE(same_bits(p[0].variable.value(), before));
  average.swap(p);
  EXPECT_TRUE(same_bits(p[0].variable.value(), averages));
}

TEST(MovingAverage, KeepsWhatDoesNotMoveToTheBit) {
  const auto p = model(3);
  ExponentialMovingAverage average({.momentum = 0.99});
  for (int i = 0; i < 100; ++i) average.update(p);
  const Tensor before = p[1].variable.value().clone();
  average.swap(p);
  EXPECT_TRUE(same_bits(p[1].variable.value(), before));
}

TEST(MovingAverage, ResumesToTheSameBits) {
  const auto straight = model(4), stopped = model(4);
  SGD one({.learning_rate = 1e-3}), other({.learning_rate = 1e-3});
  ExponentialMovingAverage a({.momentum = 0.9}), before({.momentum = 0.9}), after({.momentum = 0.9});
  train(straight, one, a, 6);
  train(stopped, other, before, 2);
  after.set_state(before.state());
  train(stopped, other, after, 4);
  a.swap(straight);
  after.swap(stopped);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_TRUE(same_bits(straight[i].variable.value(), stopped[i].variable.value()));
}

TEST(MovingAverage, RefusesWhatItDoesNotKnow) {
  const auto p = model(5), other = model(6);
  ExponentialMovingAverage average;
  EXPECT_THROW_TEXT(average.swap(p), DataError, "there is no average of \"w\"; update() with it first");
  average.update(p);
  EXPECT_THROW_TEXT(average.update(other), DataError, "belongs to another parameter of that name");
  EXPECT_THROW_TEXT(average.swap(other), DataError, "belongs to another parameter of that name");
  EXPECT_FALSE(average.is_swapped());
  const std::vector<NamedTensor> wrong{{"w.m", zeros({2})}};
  EXPECT_THROW_TEXT(average.set_state(wrong), DataError,
                    "not a state of a moving average: \"w.m\" (no \"updates\")");
  EXPECT_THROW_TEXT(ExponentialMovingAverage({.momentum = 1.0}), DataError,
                    "momentum must be in [0, 1), got 1");
}

}  // namespace
}  // namespace hourglass::optim
