#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/nn/losses/mmd.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <cmath>

namespace hourglass::nn {
namespace {

Tensor draws(std::int64_t n, std::int64_t d, double mean, double std) {
  return normal({n, d}, mean, std, default_generator(), float64);
}

// E exp(−‖x − y‖²/c) for x − y ~ N(m, v I) in d dimensions.
double expected_rbf(double m, double v, double c, int d) {
  return std::pow((1.0 + 2.0 * v / c), -0.5 * d) * std::exp(-d * m * m / (c + 2.0 * v));
}

// The mean of many estimates against MMD² in closed form, of equal and of different Gaussians.
TEST(MMD, IsUnbiasedOnKnownGaussians) {
  set_seed(2);
  constexpr int kRuns = 2000, kDimensions = 2;
  const MMDOptions rbf{.kernel = MMDKernel::rbf, .scales = {1.0}};
  const double c = 2.0 * kDimensions;
  for (const auto& [m, s] : {std::pair{0.0, 1.0}, std::pair{0.5, 1.0}, std::pair{0.0, 1.5}}) {
    double total = 0.0, squares = 0.0;
    for (int i = 0; i < kRuns; ++i) {
      const double estimate =
          maximum_mean_discrepancy(draws(6, kDimensions, 0.0, 1.0), draws(9, kDimensions, m, s), rbf).item();
      total += estimate, squares += estimate * estimate;
    }
    const double mean = total / kRuns, deviation = std::sqrt((squares / kRuns - mean * mean) / kRuns);
    const double exact = expected_rbf(0.0, 2.0, c, kDimensions) +
                         expected_rbf(0.0, 2.0 * s * s, c, kDimensions) -
                         2.0 * expected_rbf(m, 1.0 + s * s, c, kDimensions);
    EXPECT_NEAR(mean, exact, 4.0 * deviation) << m << " " << s;
    EXPECT_LT(deviation, 0.01);
  }
}

// By loops over pairs, for both kernels and several scales.
TEST(MMD, IsTheSumOverPairs) {
  set_seed(3);
  const Tensor x = draws(4, 3, 0.0, 1.0), y = draws(5, 3, 0.4, 0.8);
  for (const MMDKernel kernel : {MMDKernel::imq, MMDKernel::rbf}) {
    const MMDOptions o{.kernel = kernel, .scales = {0.5, 2.0}};
    const auto k = [&](const Tensor& a, const Tensor& b) {
      const double r2 = sum(square(a - b)).item();
      double sum_of_scales = 0.0;
      for (const double s : o.scales)
        sum_of_scales += kernel == MMDKernel::imq ? 6.0 * s / (6.0 * s + r2) : std::exp(-r2 / (6.0 * s));
      return sum_of_scales;
    };
    double xx = 0.0, yy = 0.0, xy = 0.0;
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) xx += i != j ? k(x[i], x[j]) / 12.0 : 0.0;
    for (int i = 0; i < 5; ++i)
      for (int j = 0; j < 5; ++j) yy += i != j ? k(y[i], y[j]) / 20.0 : 0.0;
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 5; ++j) xy += k(x[i], y[j]) / 20.0;
    EXPECT_NEAR(maximum_mean_discrepancy(x, y, o).item(), xx + yy - 2.0 * xy, 1e-12);
    EXPECT_GRADIENTS([&](const auto& v) { return maximum_mean_discrepancy(v[0], v[1], o); }, x, y);
  }
}

TEST(MMD, SaysWhatIsWrong) {
  const Tensor x = draws(4, 3, 0.0, 1.0);
  EXPECT_THROW_TEXT((void)maximum_mean_discrepancy(x, draws(4, 2, 0.0, 1.0)), ShapeError,
                    "got (4, 3) and (4, 2)");
  EXPECT_THROW_TEXT((void)maximum_mean_discrepancy(x, draws(1, 3, 0.0, 1.0)), ShapeError,
                    "two rows at least");
  EXPECT_THROW_TEXT((void)maximum_mean_discrepancy(x, x, {.scales = {}}), DataError, "must be positive");
  EXPECT_THROW_TEXT((void)maximum_mean_discrepancy(x, x, {.scales = {-1.0}}), DataError, "must be positive");
}

}  // namespace
}  // namespace hourglass::nn
