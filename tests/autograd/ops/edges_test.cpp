// Values and gradients where formulas are delicate: ties, zeros, infinities, tails, numbers far from 0.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/log_prob.h>
#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/top_k.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace hourglass {
namespace {

using X = const std::vector<Variable>&;
using testing::Function;

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<Tensor> gradients(const Variable& y, const std::vector<Variable>& x, const Tensor& dy) {
  std::vector<Tensor> out;
  for (const Variable& g : grad(std::span(&y, 1), x, {.output_gradients = {dy}})) out.push_back(g.value());
  return out;
}

TEST(Minimum, TakesEveryTypeAsItsTensorsDo) {
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  Tensor a({2}, int64);
  a.mutable_data<std::int64_t>()[0] = least;
  a.mutable_data<std::int64_t>()[1] = 5;
  const Variable smallest = minimum(Variable(a), Variable(tensor({1, 2}, int64)));
  EXPECT_EQ(smallest.value().data<std::int64_t>()[0], least);
  EXPECT_EQ(smallest.value().data<std::int64_t>()[1], 2);
  EXPECT_EQ(minimum(Variable(tensor({3, 4}, uint8)), Variable(tensor({4, 1}, uint8))).value().str(), "[3 1]");
  EXPECT_THAT(minimum(Variable(tensor({kNan, 1})), Variable(tensor({1, kNan}))).value().str(), "[nan nan]");
}

TEST(Minimum, HalvesTheGradientAtTies) {
  const Variable a = Variable::parameter(tensor({1, 2, 3})), b = Variable::parameter(tensor({2, 2, 2}));
  const auto g = gradients(minimum(a, b), {a, b}, ones({3}));
  EXPECT_EQ(g[0].str(), "[1.  0.5 0. ]");
  EXPECT_EQ(g[1].str(), "[0.  0.5 1. ]");
}

// PyTorch 1.13's gradients of torch.pow(a, b).
TEST(Pow, HasPyTorchsGradientsAtItsEdges) {
  const Tensor at_a = tensor({0, 0, 0, 0, 2, -2, kNan, kInf, 1e-310}, float64);
  const Tensor at_b = tensor({0, 1, 2, -1, 0, 3, 0, 0, 0}, float64);
  const Variable a = Variable::parameter(at_a), b = Variable::parameter(at_b);
  const auto g = gradients(pow(a, b), {a, b}, ones({9}, float64));
  EXPECT_EQ(g[0].str(), tensor({0, 1, 0, -kInf, 0, 12, 0, 0, 0}, float64).str());
  EXPECT_EQ(slice(g[1], 0, {0, 4}).str(), tensor({0, 0, 0, -kInf}, float64).str());
  EXPECT_NEAR(g[1][4].item(), std::log(2.0), 1e-15);
  EXPECT_TRUE(std::isnan(g[1][5].item()));
}

TEST(Pow, HasFiniteGradientsOfGradientsAtZero) {
  const Variable a = Variable::parameter(tensor({0, 2}, float64)),
                 b = Variable::parameter(tensor({0, 0}, float64));
  const Variable loss = sum(pow(a, b));
  const std::vector<Variable> x{a, b}, first = grad(std::span(&loss, 1), x, {.create_graph = true});
  // ∂²aᵇ/∂a∂b = aᵇ⁻¹ (1 + b log a)
  const Variable of_a = sum(first[0]);
  EXPECT_EQ(grad(of_a, b, {.retain_graph = true}).value()[1].item(), 0.5);
  const Variable again = sum(square(first[0])) + sum(first[1]);
  for (const Variable& g : grad(std::span(&again, 1), x)) EXPECT_EQ(sum(g.value() != g.value()).item(), 0);
}

// An infinite gradient reaches the chosen operand and leaves the other 0, not nan.
TEST(Choices, LetNoInfiniteGradientLeak) {
  const Variable a = Variable::parameter(tensor({1, 5})), b = Variable::parameter(tensor({2, 3}));
  const Tensor dy = tensor({kInf, -kInf});
  const std::string first = tensor({kInf, 0}).str(), second = tensor({0, -kInf}).str();
  const auto chosen = gradients(where(tensor({1, 0}, uint8), a, b), {a, b}, dy);
  EXPECT_EQ(chosen[0].str(), first);
  EXPECT_EQ(chosen[1].str(), second);
  const auto smaller = gradients(minimum(a, b), {a, b}, dy);
  EXPECT_EQ(smaller[0].str(), first);
  EXPECT_EQ(smaller[1].str(), second);
  EXPECT_EQ(gradients(maximum(a, 3.0), {a}, dy)[0].str(), second);
  EXPECT_EQ(gradients(minimum(a, 3.0), {a}, dy)[0].str(), first);
  EXPECT_EQ(gradients(clip(a, 0.0, 2.0), {a}, dy)[0].str(), first);
  EXPECT_EQ(gradients(keep_top_k(a, 1), {a}, dy)[0].str(), second);
  EXPECT_EQ(gradients(floor(a), {a}, dy)[0].str(), "[0. 0.]");
}

TEST(TopK, GivesAKeptZeroItsGradient) {
  const Variable x = Variable::parameter(tensor({{-1, 0, -3, 2}, {0, 0, 0, 0}}));
  const auto g = gradients(keep_top_k(x, 2), {x}, ones({2, 4}));
  EXPECT_EQ(g[0].str(), "[[0. 1. 0. 1.]\n [1. 1. 0. 0.]]");
}

TEST(Comparisons, OfVariablesAreThoseOfTheirValues) {
  const Variable a = Variable::parameter(tensor({1, 2, 3})), b = tensor({3, 2, 1});
  const Tensor t = tensor({2, 2, 2});
  EXPECT_EQ((a < b).str(), "[1 0 0]");
  EXPECT_EQ((a <= t).str(), "[1 1 0]");
  EXPECT_EQ((t > a).str(), "[1 0 0]");
  EXPECT_EQ((a >= 2.0).str(), "[0 1 1]");
  EXPECT_EQ((2.0 == a).str(), "[0 1 0]");
  EXPECT_EQ((a != b).str(), "[1 0 1]");
  EXPECT_EQ((1.5 < a).str(), "[0 1 1]");
  EXPECT_EQ((1.5 >= t).str(), "[0 0 0]");
  EXPECT_EQ((2 != t).str(), "[0 0 0]");
}

TEST(CompoundAssignment, MovesTheHandleAndLeavesTheValue) {
  const Variable w = Variable::parameter(tensor({1, 2}));
  Variable y = w;
  y *= w;
  y += 1.0;
  y -= tensor({1, 1});
  EXPECT_EQ(w.value().str(), "[1. 2.]");
  EXPECT_EQ(y.value().str(), "[1. 4.]");
  EXPECT_EQ(grad(sum(y), w).value().str(), "[2. 4.]");
}

TEST(Join, OfTensorsInBracesIsATensor) {
  const Tensor t = tensor({1, 2});
  const Tensor side = concat({t, t}), stacked = stack({t, t}, 1);
  EXPECT_EQ(side.str(), "[1. 2. 1. 2.]");
  EXPECT_EQ(stacked.shape(), (Shape{2, 2}));
  const Variable v = Variable::parameter(t), mixed = concat({v, t});
  EXPECT_EQ(mixed.value().str(), "[1. 2. 1. 2.]");
}

TEST(Streams, TakeTensorsAndVariables) {
  std::ostringstream out;
  out << tensor({1, 2}) << ' ' << Variable::parameter(tensor({{3}}));
  EXPECT_EQ(out.str(), "[1. 2.] [[3.]]");
}

// The largest relative error of f, in one type, against g in long double.
template <class G>
double worst(DType dtype, double low, double high, const std::function<Variable(const Variable&)>& f, G g) {
  const Tensor x = linspace(low, high, 2001, dtype);
  const Tensor y = f(Variable::parameter(x)).value().to(float64), at = x.to(float64);
  double error = 0;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const auto expected = static_cast<double>(g(static_cast<long double>(at.data<double>()[i])));
    error = std::max(error, std::abs(y.data<double>()[i] / expected - 1.0));
  }
  return error;
}

long double cdf(long double x) { return 0.5L * std::erfc(-x / std::sqrt(2.0L)); }
long double pdf(long double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0L)); }

Variable slope_of(const Function& f, const Variable& x, int order) {
  Variable y = f({x});
  for (int i = 0; i < order; ++i) {
    const Variable total = sum(y);
    y = grad(std::span(&total, 1), std::span(&x, 1), {.create_graph = true})[0];
  }
  return y;
}

TEST(Gelu, KeepsItsDigitsInTheTail) {
  const Function f = [](X x) { return gelu(x[0]); };
  for (const auto& [dtype, tolerance] : {std::pair{float32, 2e-6}, {float64, 3e-13}}) {
    const auto order = [&](int n) { return [&f, n](const Variable& x) { return slope_of(f, x, n); }; };
    const double low = dtype == float32 ? -12.5 : -20.0;
    EXPECT_LE(worst(dtype, low, -1e-3, order(0), [](long double x) { return x * cdf(x); }), tolerance);
    EXPECT_LE(worst(dtype, low, -1.0, order(1), [](long double x) { return cdf(x) + x * pdf(x); }),
              3 * tolerance);
    EXPECT_LE(worst(dtype, low, -2.0, order(2), [](long double x) { return (2 - x * x) * pdf(x); }),
              3 * tolerance);
    EXPECT_LE(worst(
                  dtype, -3, 8, [](const Variable& x) { return normal_cdf(x); }, cdf),
              tolerance);
    EXPECT_LE(worst(
                  dtype, -12.5, 12.5, [](const Variable& x) { return normal_pdf(x); }, pdf),
              tolerance);
  }
  EXPECT_EQ(gelu(tensor({-50, 0, 50})).str(), "[-0.  0. 50.]");
  EXPECT_EQ(normal_cdf(tensor({-kInf, kNan, kInf})).str(), "[ 0. nan  1.]");
  EXPECT_EQ(normal_pdf(tensor({-kInf, kNan, kInf})).str(), "[ 0. nan  0.]");
}

TEST(LogProb, StaysExactHoweverSureTheLogitsAre) {
  const Tensor x = tensor({1, 0, 1, 0, 1, 0, 0.5}, float64);
  const Tensor l = tensor({800, -800, -800, 800, kInf, -kInf, 40}, float64);
  EXPECT_EQ((bernoulli_log_prob(slice(x, 0, {0, 6}), slice(l, 0, {0, 6})) + 0.0).str(),
            tensor({0, 0, -800, -800, 0, 0}, float64).str());
  EXPECT_NEAR(bernoulli_log_prob(tensor(1, float64), tensor(40, float64)).item() / -std::exp(-40.0), 1.0,
              1e-12);
  const Variable logits = Variable::parameter(tensor({40, -40}, float64));
  const Tensor slope = grad(sum(bernoulli_log_prob(tensor({1, 0}, float64), logits)), logits).value();
  EXPECT_NEAR(slope[0].item() / std::exp(-40.0), 1.0, 1e-12);
  EXPECT_NEAR(slope[1].item() / -std::exp(-40.0), 1.0, 1e-12);
  EXPECT_THROW_TEXT((void)normal_log_prob(zeros({2}), zeros({3}), zeros({})), ShapeError, "normal_log_prob");
  EXPECT_THROW_TEXT((void)bernoulli_log_prob(zeros({2}), zeros({2}, float64)), DTypeError,
                    "bernoulli_log_prob");
}

struct FarCase {
  std::string name;
  Function fn;
};

// float32, mean/std = 10⁴: value, gradient and gradient of the gradient against float64 on the same numbers.
TEST(FarFromZero, NothingCancels) {
  const Axes axis{0};
  const std::vector<FarCase> cases{
      {"center", [=](X x) { return square(center(x[0], axis)); }},
      {"var", [=](X x) { return var(x[0], axis); }},
      {"std", [=](X x) { return std(x[0], axis); }},
      {"standardize", [=](X x) { return standardize(x[0], axis, 1e-3); }},
      {"batch_norm", [](X x) { return batch_norm(x[0], x[1], {}); }},
      {"layer_norm", [](X x) { return layer_norm(x[0], x[1], {}); }},
      {"batch_norm of moments",
       [](X x) { return batch_norm(x[0], channel_moments(x[0].value()), x[1], {}); }},
  };
  Generator g(7);
  const Tensor x32 = normal({64, 64}, 1e4, 1.0, g), gamma32 = normal({64}, 1.0, 0.5, g);
  for (const FarCase& c : cases) {
    const auto results = [&](DType dtype) {
      const std::vector<Variable> x{Variable::parameter(x32.to(dtype)),
                                    Variable::parameter(gamma32.to(dtype))};
      Generator weights(8);
      const Variable y = c.fn(x);
      const Variable used = sum(square(x[1])) * 0.0;  // where γ is not
      const Variable loss = sum(y * normal(y.shape(), 0, 1, weights, float64).to(dtype)) + used;
      std::vector<Tensor> out{y.value()};
      for (const bool create_graph : {false, true}) {
        const auto first = grad(std::span(&loss, 1), x, {.create_graph = create_graph, .retain_graph = true});
        for (const Variable& v : first) out.push_back(v.value());
        if (!create_graph) continue;
        const Variable again = sum(first[0] * normal({64, 64}, 0, 1, weights, float64).to(dtype)) + used;
        for (const Variable& v : grad(std::span(&again, 1), x)) out.push_back(v.value());
      }
      return out;
    };
    const std::vector<Tensor> rough = results(float32), exact = results(float64);
    for (std::size_t i = 0; i < rough.size(); ++i) {
      const double scale = std::max(max(abs(exact[i])).item(), 1e-12);
      EXPECT_LE(max(abs(rough[i].to(float64) - exact[i])).item() / scale, 5e-6) << c.name << ", result " << i;
    }
  }
}

}  // namespace
}  // namespace hourglass
