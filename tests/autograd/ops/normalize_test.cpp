// Normalization and sampling: what the rows of the table of ops leave open.

#include "support/expect_error.h"
#include "support/golden.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/gaussian.h>
#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

namespace hourglass {
namespace {

using X = const std::vector<Variable>&;
using testing::wild;

// The kernels of the first order against the recorded formulas, over shapes that cross every cut of the work.
TEST(NormOps, FusedGradientsAreTheRecordedOnes) {
  Generator g(4);
  for (const auto& [n, c] :
       {std::pair{2, 1}, {3, 7}, {70000, 1}, {9000, 3}, {1200, 65}, {300, 300}, {5, 3000}, {17, 1}, {1, 5}}) {
    const std::vector<Variable> v{Variable::parameter(normal({n, c}, 3.0, 2.0, g, float64)),
                                  Variable::parameter(normal({c}, 1.0, 0.5, g, float64)),
                                  Variable::parameter(normal({c}, 0.0, 0.5, g, float64))};
    const Tensor weights = normal({n, c}, 0.2, 1.0, g, float64);
    for (const bool by_channel : {true, false}) {
      const auto gradients = [&](bool create_graph) {
        const Variable y = by_channel ? batch_norm(v[0], v[1], v[2]) : layer_norm(v[0], v[1], v[2]);
        const Variable loss = sum(y * weights);
        return grad(std::span(&loss, 1), v, {.create_graph = create_graph});
      };
      const std::vector<Variable> fused = gradients(false), recorded = gradients(true);
      for (std::size_t i = 0; i < v.size(); ++i) {
        const Tensor distance = abs(fused[i].value() - recorded[i].value());
        EXPECT_LE(max(distance).item(), 1e-11 * std::max(1.0, max(abs(recorded[i].value())).item()))
            << n << " x " << c << (by_channel ? " batch" : " layer") << ", input " << i;
      }
    }
  }
}

TEST(NormOps, ConstantsAndMissingPartsGetNoGradient) {
  Generator g(5);
  const Tensor x = normal({6, 4}, 0, 1, g, float64);
  EXPECT_GRADIENTS([&](X v) { return batch_norm(x, v[0], v[1]); }, wild("gamma", 0, {4}),
                   wild("beta", 0, {4}));
  EXPECT_GRADIENTS([&](X v) { return layer_norm(x, v[0], {}); }, wild("gamma", 0, {4}));
  EXPECT_GRADIENTS([](X v) { return batch_norm(v[0], {}, v[1]); }, x, wild("beta", 0, {4}));
  const Variable gamma = Variable::parameter(ones({4}, float64));
  const Variable y = sum(square(batch_norm(x, gamma, {})));
  EXPECT_GT(std::abs(grad(y, gamma).value().to(float64)[0].item()), 1.0);
}

TEST(NormOps, TakeViewsAndEmptyBatches) {
  Generator g(6);
  EXPECT_GRADIENTS([](X v) { return batch_norm(transpose(v[0]), {}, {}); }, normal({3, 5}, 0, 1, g, float64));
  EXPECT_GRADIENTS([](X v) { return layer_norm(transpose(v[0]), {}, {}); }, normal({3, 5}, 0, 1, g, float64));
  const std::vector<Variable> v{Variable::parameter(zeros({0, 3})), Variable::parameter(ones({3})),
                                Variable::parameter(zeros({3}))};
  for (const bool by_channel : {true, false}) {
    const Variable loss = sum(by_channel ? batch_norm(v[0], v[1], v[2]) : layer_norm(v[0], v[1], v[2]));
    const std::vector<Variable> gradients = grad(std::span(&loss, 1), v);
    EXPECT_EQ(gradients[0].shape(), (Shape{0, 3}));
    EXPECT_EQ(gradients[1].value().str(), "[0. 0. 0.]");
    EXPECT_EQ(gradients[2].value().str(), "[0. 0. 0.]");
  }
}

TEST(NormOps, LeaveNoBufferBehindAGradient) {
  const Variable x = Variable::parameter(ones({64, 4})), gamma = Variable::parameter(ones({4}));
  backward(sum(batch_norm(x, gamma, {})));
  EXPECT_FALSE(gamma.gradient()->value().shares_storage(x.gradient()->value()));
}

TEST(NormOps, SayWhatDoesNotFit) {
  EXPECT_THROW_TEXT((void)batch_norm(zeros({4}), {}, {}), ShapeError,
                    "batch_norm: needs 2 axes or more, the last of them channels, got shape (4,)");
  EXPECT_THROW_TEXT((void)batch_norm(zeros({4, 3}), Variable(zeros({4})), {}), ShapeError,
                    "gamma and beta must have shape (3,) for an input of shape (4, 3), got (4,)");
  EXPECT_THROW_TEXT((void)layer_norm(zeros({4, 3}), {}, Variable(zeros({3}, float64))), DTypeError,
                    "layer_norm: the input is float32, but gamma or beta float64");
  EXPECT_THROW_TEXT((void)layer_norm(zeros({4, 3}), {}, {}, {.epsilon = 0.0}), DataError,
                    "layer_norm: epsilon must be positive, got 0");
  EXPECT_THROW_TEXT((void)batch_norm(zeros({4, 3}), {zeros({4}), ones({4})}, {}, {}), ShapeError,
                    "the moments must have shape (3,)");
  EXPECT_THROW_TEXT((void)reparameterize(zeros({2, 3}), zeros({2, 3}), zeros({3})), ShapeError,
                    "reparameterize: mean (2, 3) and epsilon (3,) must have the same shape");
  EXPECT_THROW_TEXT(
      (void)gaussian_kl(zeros({2, 3}), zeros({2, 3}), {1.0, 1.0}), DataError,
      "gaussian_kl: the range of log variances must go from a number to a larger one, got [1, 1]");
  EXPECT_THROW_TEXT((void)gaussian_kl(zeros({}), zeros({})), ShapeError, "needs an axis of examples");
}

}  // namespace
}  // namespace hourglass
