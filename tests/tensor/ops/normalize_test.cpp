// Batch and layer normalization against their plain definition, in float64.

#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/gaussian.h>
#include <hourglass/tensor/ops/normalize.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

namespace hourglass {
namespace {

// μ, σ² and y of the numbers at `first`, `count` of them `step` apart; γ and β by `index`.
struct Group {
  std::vector<long double> values;
  [[nodiscard]] long double mean() const {
    long double sum = 0;
    for (const long double v : values) sum += v;
    return sum / static_cast<long double>(values.size());
  }
  [[nodiscard]] long double variance() const {
    long double sum = 0;
    const long double m = mean();
    for (const long double v : values) sum += (v - m) * (v - m);
    return sum / static_cast<long double>(values.size());
  }
};

std::vector<double> numbers(const Tensor& x) {
  const Tensor wide = x.to(float64).contiguous();
  return {wide.data<double>(), wide.data<double>() + wide.size()};
}

// The groups that are normalized together: the columns of (rows, C), or its rows.
std::vector<Group> groups_of(const Tensor& x, bool by_channel) {
  const auto c = static_cast<std::size_t>(x.shape(-1));
  const std::vector<double> v = numbers(x);
  std::vector<Group> out(by_channel ? c : v.size() / c);
  for (std::size_t i = 0; i < v.size(); ++i)
    out[by_channel ? i % c : i / c].values.push_back(static_cast<long double>(v[i]));
  return out;
}

void expect_definition(const Tensor& x, bool by_channel, double tolerance) {
  constexpr double kEpsilon = 1e-5;
  const auto c = static_cast<std::size_t>(x.shape(-1));
  Generator g(2);
  const Tensor gamma = normal({x.shape(-1)}, 1.0, 0.3, g, x.dtype()),
               beta = normal({x.shape(-1)}, 0.0, 0.3, g, x.dtype());
  const LayerNorm layer = layer_norm(x, &gamma, &beta, kEpsilon);
  const Moments moments = by_channel ? channel_moments(x) : layer.moments;
  const Tensor y = by_channel ? batch_norm(x, moments, &gamma, &beta, kEpsilon) : layer.y;
  ASSERT_EQ(y.shape(), x.shape());
  const std::vector<Group> groups = groups_of(x, by_channel);
  const std::vector<double> means = numbers(moments.mean), variances = numbers(moments.variance);
  ASSERT_EQ(means.size(), groups.size());
  const double farthest = std::max(1.0, max(abs(x)).item());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto m = static_cast<double>(groups[i].mean()), v = static_cast<double>(groups[i].variance());
    EXPECT_NEAR(means[i], m, 1e-14 * farthest) << x.shape().str();
    EXPECT_NEAR(variances[i], v, 1e-12 * std::max(1e-12, v)) << x.shape().str();
  }
  const std::vector<double> xs = numbers(x), ys = numbers(y), gammas = numbers(gamma), betas = numbers(beta);
  double worst = 0;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const std::size_t at = by_channel ? i % c : i / c;
    const double expected =
        gammas[i % c] * (xs[i] - means[at]) / std::sqrt(variances[at] + kEpsilon) + betas[i % c];
    worst = std::max(worst, std::abs(ys[i] - expected) / std::max(1.0, std::abs(expected)));
  }
  EXPECT_LE(worst, tolerance) << x.shape().str() << (by_channel ? " batch" : " layer");
}

TEST(Normalize, IsTheDefinitionForOddShapes) {
  Generator g(1);
  for (const Shape& shape : {Shape{1, 1},
                             {1, 5},
                             {2, 1},
                             {5, 3},
                             {17, 16},
                             {3, 2, 7},
                             {2, 5, 6, 3},
                             {40000, 1},
                             {9001, 3},
                             {700, 33},
                             {260, 257},
                             {3, 1000},
                             {2, 20000}}) {
    for (const bool by_channel : {true, false}) {
      expect_definition(normal(shape, 0.5, 2.0, g, float64), by_channel, 1e-12);
      expect_definition(normal(shape, 0.5, 2.0, g, float32), by_channel, 2e-6);
    }
  }
}

TEST(Normalize, KeepsItsDigitsFarFromZero) {
  Generator g(3);
  for (const double offset : {1e4, -1e4}) {
    for (const double deviation : {1e-2, 1.0}) {
      for (const bool by_channel : {true, false}) {
        expect_definition(normal({3000, 5}, offset, deviation, g, float32), by_channel, 1e-5);
        expect_definition(normal({40, 700}, offset, deviation, g, float32), by_channel, 1e-5);
        expect_definition(normal({40, 700}, offset, deviation, g, float64), by_channel, 1e-9);
      }
    }
  }
  // An outlier in the first row, which the sums are taken relative to.
  Tensor x = normal({3000, 5}, 0.0, 1.0, g, float32);
  x.mutable_data<float>()[2] = 1e4F;
  expect_definition(x, true, 1e-5);
  const Moments same = channel_moments(full({5000, 3}, 0.1));
  EXPECT_EQ(same.variance.str(), "[0. 0. 0.]");
}

TEST(Normalize, TakesBatchesOfNoneAndOne) {
  const Moments none = channel_moments(zeros({0, 3}));
  EXPECT_EQ(none.mean.str(), "[nan nan nan]");
  EXPECT_EQ(none.variance.str(), "[nan nan nan]");
  EXPECT_EQ(batch_norm(zeros({0, 3}), none, nullptr, nullptr, 1e-3).shape(), (Shape{0, 3}));
  EXPECT_EQ(layer_norm(zeros({0, 3}), nullptr, nullptr, 1e-3).y.shape(), (Shape{0, 3}));
  EXPECT_EQ(layer_norm(zeros({2, 0}), nullptr, nullptr, 1e-3).y.shape(), (Shape{2, 0}));
  EXPECT_EQ(channel_moments(zeros({2, 0})).mean.shape(), (Shape{0}));
  const Tensor x = tensor({{3.0, -4.0}});
  const Moments one = channel_moments(x);
  EXPECT_EQ(one.mean.str(), "[ 3. -4.]");
  EXPECT_EQ(one.variance.str(), "[0. 0.]");
  EXPECT_EQ(batch_norm(x, one, nullptr, nullptr, 1e-3).str(), "[[0. 0.]]");
  EXPECT_EQ(batch_norm_grad(zeros({0, 2}), zeros({0, 2}), one, nullptr, 1e-3).str(), "[0. 0. 0. 0.]");
  EXPECT_EQ(batch_norm_grad(ones({1, 2}), x, one, nullptr, 1e-3, false).shape(), (Shape{4}));
}

TEST(Normalize, HasTheSameBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  Generator g(5);
  for (const Shape& shape : {Shape{50000, 1}, {9, 14, 14, 16}, {300, 300}, {5000, 7}}) {
    const Tensor x = normal(shape, 1, 2, g), dy = normal(shape, 0, 1, g), gamma = ones({shape[-1]});
    std::vector<Tensor> first;
    for (int threads = 1; threads <= 4; ++threads) {
      set_num_threads(threads);
      const Moments m = channel_moments(x);
      const LayerNorm layer = layer_norm(x, &gamma, &gamma, 1e-3);
      const std::vector<Tensor> now{m.mean,
                                    m.variance,
                                    batch_norm(x, m, &gamma, nullptr, 1e-3),
                                    batch_norm_grad(dy, x, m, &gamma, 1e-3),
                                    layer.y,
                                    layer_norm_grad(dy, x, layer.moments, &gamma, 1e-3),
                                    reparameterize(x, dy, x),
                                    gaussian_kl(x, dy),
                                    gaussian_kl_grad(ones({}), dy)};
      if (first.empty()) first = now;
      for (std::size_t i = 0; i < now.size(); ++i) {
        const auto bytes = static_cast<std::size_t>(now[i].size()) * (now[i].dtype() == float64 ? 8 : 4);
        EXPECT_EQ(std::memcmp(now[i].storage().bytes(), first[i].storage().bytes(), bytes), 0)
            << shape.str() << ", result " << i << ", " << threads << " threads";
      }
    }
  }
  set_num_threads(before);
}

TEST(Gaussian, KeepsItsDigitsNearThePrior) {
  // ½ (e^l − 1 − l) = l²/4 + l³/12 …, which float32 would lose in e^l − 1.
  EXPECT_NEAR(gaussian_kl(zeros({1, 1}), full({1, 1}, 1e-3)).item() / (2.5e-7 + 1e-9 / 12), 1.0, 1e-3);
  // σ far below the last digit of μ: ½ (z − μ) would be 0.
  const Tensor l = full({1}, std::log(1e-12));
  EXPECT_NEAR(reparameterize_grad(ones({1}), l, full({1}, 2.0)).item(), 1e-6, 1e-11);
}

}  // namespace
}  // namespace hourglass
