#include "support/expect_error.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/layers/vector_quantizer.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gmock/gmock.h>

#include <algorithm>

namespace hourglass::nn {
namespace {

Tensor vectors(std::initializer_list<std::int64_t> shape, double std = 1.0) {
  return normal(Shape(shape), 0.0, std, default_generator(), float64);
}

double distance(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item(); }

std::int64_t nearest(const Tensor& z, const Tensor& codebook) {
  std::int64_t best = 0;
  for (std::int64_t k = 1; k < codebook.shape(0); ++k)
    if (sum(square(z - codebook[k])).item() < sum(square(z - codebook[best])).item()) best = k;
  return best;
}

TEST(VectorQuantizer, GivesTheNearestCodeAndPassesGradientsStraightThrough) {
  set_seed(1);
  VectorQuantizer layer(5, 3, {.dtype = float64});
  layer.codebook.set_value(vectors({5, 3}));
  const Variable z = Variable::parameter(vectors({2, 4, 3}));
  const auto out = layer.quantize(z);
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t j = 0; j < 4; ++j) {
      const std::int64_t k = nearest(z.value()[i][j], layer.codebook.value());
      EXPECT_EQ(static_cast<std::int64_t>(out.indices[i][j].item()), k);
      EXPECT_LT(distance(out.quantized.value()[i][j], layer.codebook.value()[k]), 1e-12);
    }
  }
  EXPECT_EQ(distance(layer.lookup(out.indices), out.quantized.value()) < 1e-12, true);
  const Tensor r = vectors({2, 4, 3});
  const auto through = grad({sum(out.quantized * r)}, {z, layer.codebook});
  EXPECT_EQ(distance(through[0].value(), r), 0.0);  // as if q were z
  EXPECT_EQ(distance(through[1].value(), zeros({5, 3}, float64)), 0.0);
  // The codes are drawn to their vectors, the vectors to their codes.
  const Tensor gap = z.value() - out.quantized.value();
  EXPECT_LT(distance(grad(out.commitment_loss, z).value(), gap * (2.0 / 24.0)), 1e-12);
  const Tensor of_codes = grad(out.codebook_loss, layer.codebook).value();
  EXPECT_NEAR(sum(of_codes).item(), -2.0 / 24.0 * sum(gap).item(), 1e-12);
  EXPECT_NEAR(out.codebook_loss.item(), mean(square(gap)).item(), 1e-12);
}

// N ← γN + (1−γ)n, m ← γm + (1−γ)Σz, e = m / smoothed N, by loops over vectors and codes.
TEST(VectorQuantizer, MovingAveragesAreThoseOfALoop) {
  set_seed(2);
  constexpr std::int64_t kCodes = 4, kWidth = 2, kVectors = 30;
  constexpr double kGamma = 0.8, kEpsilon = 1e-5;
  VectorQuantizer layer(kCodes, kWidth, {.moving_average = kGamma, .revive_below = 0.0, .dtype = float64});
  std::vector<double> n(kCodes, 1.0);
  Tensor m = layer.codebook.value().clone(), e = m.clone();
  for (int step = 0; step < 5; ++step) {
    const Tensor z = vectors({kVectors, kWidth}, 0.3);
    (void)layer.quantize(z);
    std::vector<double> count(kCodes, 0.0);
    Tensor total = zeros({kCodes, kWidth}, float64);
    for (std::int64_t i = 0; i < kVectors; ++i) {
      const std::int64_t k = nearest(z[i], e);
      count[static_cast<std::size_t>(k)] += 1.0;
      for (std::int64_t c = 0; c < kWidth; ++c)
        total.mutable_data<double>()[k * kWidth + c] += z[i][c].item();
    }
    m = kGamma * m + (1.0 - kGamma) * total;
    double all = 0.0;
    for (std::size_t k = 0; k < kCodes; ++k) all += n[k] = kGamma * n[k] + (1.0 - kGamma) * count[k];
    for (std::int64_t k = 0; k < kCodes; ++k) {
      const double smoothed = (n[static_cast<std::size_t>(k)] + kEpsilon) / (all + kCodes * kEpsilon) * all;
      for (std::int64_t c = 0; c < kWidth; ++c)
        e.mutable_data<double>()[k * kWidth + c] = m[k][c].item() / smoothed;
    }
    EXPECT_LT(distance(layer.codebook.value(), e), 1e-12) << "step " << step;
  }
  EXPECT_EQ(layer.quantize(vectors({3, 2})).codebook_loss.item(), 0.0);
  layer.eval();
  const Tensor before = layer.codebook.value().clone();
  (void)layer.quantize(vectors({kVectors, kWidth}));
  EXPECT_EQ(distance(layer.codebook.value(), before), 0.0);
}

TEST(VectorQuantizer, RevivesDeadCodes) {
  for (const std::optional<double> average : {std::optional<double>(), std::optional<double>(0.9)}) {
    set_seed(3);
    VectorQuantizer layer(8, 2, {.moving_average = average, .revive_below = 0.1, .dtype = float64});
    Tensor far = layer.codebook.value().clone();
    for (std::int64_t k = 1; k < 8; ++k)
      far.mutable_data<double>()[2 * k] = 100.0;  // all but one are useless
    layer.codebook.set_value(far);
    if (average) layer.sums = far.clone();
    Tensor z;
    for (int step = 0; step < 400; ++step) {
      z = vectors({64, 2});
      (void)layer.quantize(z);
    }
    EXPECT_LT(max(layer.codebook.value()).item(), 10.0);
    const Tensor used = layer.indices(vectors({400, 2}));
    std::vector<int> seen(8, 0);
    for (std::int64_t i = 0; i < 400; ++i) seen[static_cast<std::size_t>(used[i].item())] = 1;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 8);
  }
}

TEST(VectorQuantizer, SaysWhatIsWrong) {
  VectorQuantizer layer(5, 3);
  EXPECT_THROW_TEXT((void)layer(zeros({2, 4})), ShapeError,
                    "VectorQuantizer(5 codes of 3) expects vectors of 3 numbers");
  EXPECT_THROW_TEXT((void)layer(zeros({2, 3}, float64)), DTypeError, "x.to(hg::float32)");
  EXPECT_THROW_TEXT(VectorQuantizer(0, 3), ShapeError, "cannot have 0 codes of 3 numbers");
  EXPECT_THROW_TEXT(VectorQuantizer(2, 3, {.commitment = -1.0}), DataError, "must not be negative, got -1");
  EXPECT_THROW_TEXT(VectorQuantizer(2, 3, {.moving_average = 1.0}), DataError, "must be in (0, 1), got 1");
  EXPECT_THROW_TEXT(VectorQuantizer(2, 3, {.revive_below = 1.0}), DataError, "must be in [0, 1), got 1");
  EXPECT_EQ(layer(zeros({0, 3})).shape(), (Shape{0, 3}));
}

}  // namespace
}  // namespace hourglass::nn
