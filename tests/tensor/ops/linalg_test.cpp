#include "support/expect_error.h"

#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/product/tile.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace hourglass {
namespace {

// y[i, j] = Σ_k a[i, k] b[k, j], as it is written.
Tensor by_definition(const Tensor& a, const Tensor& b) {
  const Tensor x = a.to(float64).contiguous(), w = b.to(float64).contiguous();
  const std::int64_t m = a.shape(0), k = a.shape(1), n = b.shape(1);
  Tensor y = zeros({m, n}, float64);
  double* const out = y.mutable_data<double>();
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t l = 0; l < k; ++l)
        out[i * n + j] += x.data<double>()[i * k + l] * w.data<double>()[l * n + j];
    }
  }
  return y;
}

double distance(const Tensor& a, const Tensor& b) {
  if (a.size() == 0) return 0.0;
  return max(abs(a.to(float64) - b.to(float64))).item();
}

TEST(Matmul, FollowsItsDefinitionForEveryLayout) {
  Generator g(1);
  for (const auto& [m, k, n] :
       {std::array{1, 1, 1}, {3, 4, 5}, {1, 7, 1}, {17, 1, 9}, {0, 3, 2}, {3, 0, 2}, {64, 100, 33}}) {
    const Tensor a = normal({m, k}, 0, 1, g, float64), b = normal({k, n}, 0, 1, g, float64);
    const Tensor expected = by_definition(a, b);
    const Tensor at = transpose(transpose(a).clone()),
                 bt = transpose(transpose(b).clone());  // same numbers, other layout
    for (const Tensor& x : {a, at}) {
      for (const Tensor& w : {b, bt}) {
        EXPECT_LE(distance(matmul(x, w), expected), 1e-12) << m << " " << k << " " << n;
        EXPECT_LE(distance(matmul(x.to(float32), w.to(float32)), expected), 1e-4);
      }
    }
  }
}

// Products of one to four rows take another way than larger ones.
TEST(Matmul, OfFewRowsFollowsItsDefinition) {
  Generator g(9);
  for (const std::int64_t m : {1, 2, 3, 4, 5}) {
    for (const std::int64_t n : {1, 15, 16, 17, 63, 64, 70, 150, 300}) {
      const Tensor a = normal({m, 37}, 0, 1, g, float64), b = normal({37, 2 * n}, 0, 1, g, float64);
      const Tensor part = slice(b, 1, {n, 2 * n}), at = transpose(transpose(a).clone());
      const Tensor expected = by_definition(a, part);
      for (const Tensor& x : {a, at}) {
        EXPECT_LE(distance(matmul(x, part), expected), 1e-12) << m << " " << n;
        EXPECT_LE(distance(matmul(x.to(float32), part.to(float32)), expected), 1e-4) << m << " " << n;
      }
    }
  }
}

// Panels of 64 columns, blocks of 16, chunks of 128 summed at a time, rows in tiles of 12, 8, 6, 4, 2 and 1;
// rows a power of two apart, and 512 of them, are copied first.
TEST(Matmul, OfFloat32FollowsItsDefinitionAtEveryEdge) {
  Generator g(10);
  const auto check = [&](std::int64_t m, std::int64_t k, std::int64_t n, std::int64_t wider) {
    const Tensor a = normal({m, k}, 0, 1, g),
                 b = slice(normal({k, n + wider}, 0, 1, g), 1, {wider / 2, wider / 2 + n});
    const Tensor expected = by_definition(a, b), at = transpose(transpose(a).clone()),
                 bt = transpose(transpose(b).clone());
    for (const Tensor& x : {a, at}) {
      for (const Tensor& w : {b, bt}) {
        EXPECT_LE(distance(matmul(x, w), expected), 1e-6 * static_cast<double>(k + 10))
            << m << " " << k << " " << n << " in rows of " << n + wider;
      }
    }
  };
  for (const std::int64_t n : {1, 15, 16, 17, 31, 32, 40, 48, 63, 64, 65, 96, 127, 128, 150}) {
    for (const std::int64_t m : {5, 6, 7, 12, 13, 24, 31}) check(m, 40, n, 0);
  }
  for (const std::int64_t k : {1, 15, 16, 17, 127, 128, 129, 255, 256, 257, 784}) check(19, k, 100, 6);
  check(600, 33, 70, 10);
  check(600, 33, 64, 0);
  check(20, 50, 128, 128);
}

// An element is summed up in the order of k, however the product is cut into tiles.
TEST(Matmul, OfMoreRowsHasTheSameBits) {
  if (!detail::has_register_tiles()) GTEST_SKIP() << "OpenBLAS promises no order";
  Generator g(11);
  const Tensor a = normal({700, 300}, 0, 1, g), b = normal({300, 90}, 0, 1, g), all = matmul(a, b);
  for (const std::int64_t rows : {6, 32, 57, 300}) {
    const Tensor some = matmul(slice(a, 0, {0, rows}), b);
    EXPECT_EQ(std::memcmp(some.data<float>(), all.data<float>(), static_cast<std::size_t>(some.size()) * 4),
              0)
        << rows;
  }
}

TEST(Matmul, TakesStepsFlipsAndBroadcasts) {
  Generator g(2);
  const Tensor a = normal({8, 12}, 0, 1, g, float64), b = normal({6, 5}, 0, 1, g, float64);
  const Tensor stepped = slice(a, {Slice{.step = 2}, Slice{.step = 2}});
  EXPECT_LE(distance(matmul(stepped, b), by_definition(stepped, b)), 1e-12);
  const Tensor flipped = flip(b, {0});
  EXPECT_LE(distance(matmul(stepped, flipped), by_definition(stepped, flipped)), 1e-12);
  const Tensor row = broadcast_to(normal({1, 6}, 0, 1, g, float64), {4, 6});
  EXPECT_LE(distance(matmul(row, b), by_definition(row, b)), 1e-12);
  const Tensor part =
      slice(normal({9, 20}, 0, 1, g, float64), {Slice{2, 7}, Slice{3, 9}});  // rows of a wider matrix
  EXPECT_LE(distance(matmul(part, b), by_definition(part, b)), 1e-12);
}

TEST(Matmul, BroadcastsLeadingAxes) {
  Generator g(3);
  const Tensor a = normal({2, 1, 3, 4}, 0, 1, g, float64), b = normal({5, 4, 6}, 0, 1, g, float64);
  const Tensor y = matmul(a, b);
  ASSERT_EQ(y.shape(), (Shape{2, 5, 3, 6}));
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t j = 0; j < 5; ++j) EXPECT_LE(distance(y[i][j], by_definition(a[i][0], b[j])), 1e-12);
  }
  EXPECT_EQ(matmul(zeros({0, 3, 4}), zeros({4, 5})).shape(), (Shape{0, 3, 5}));
}

TEST(Matmul, GivesTheSameBitsForAnyNumberOfThreads) {
  Generator g(4);
  const int before = num_threads();
  for (const auto& [m, k, n] : {std::array{128, 784, 64}, {32, 784, 64}, {784, 128, 512}, {700, 300, 900}}) {
    const Tensor a = normal({m, k}, 0, 1, g), b = normal({k, n}, 0, 1, g);
    set_num_threads(1);
    const Tensor one = matmul(a, b);
    EXPECT_LE(distance(one, by_definition(a, b)), 1e-3);
    for (const int threads : {2, 3, 4}) {
      set_num_threads(threads);
      const Tensor many = matmul(a, b);
      EXPECT_EQ(std::memcmp(one.data<float>(), many.data<float>(), static_cast<std::size_t>(one.size()) * 4),
                0);
    }
  }
  set_num_threads(before);
}

TEST(Matmul, SaysWhatDoesNotFit) {
  EXPECT_THROW_TEXT((void)matmul(zeros({2, 3}), zeros({4, 5})), ShapeError,
                    "matmul: shapes (2, 3) and (4, 5) do not fit: the last axis of the first has 3, the last "
                    "but one of the second 4");
  EXPECT_THROW_TEXT((void)matmul(zeros({3}), zeros({3, 2})), ShapeError,
                    "matmul: needs operands with two axes or more, got shapes (3,)");
  EXPECT_THROW_TEXT((void)matmul(zeros({2, 3}), zeros({3, 2}, float64)), DTypeError,
                    "matmul: the operands are float32 and float64");
  EXPECT_THROW_TEXT((void)matmul(zeros({2, 2}, int64), zeros({2, 2}, int64)), DTypeError,
                    "matmul: needs float32 or float64");
  EXPECT_THROW_TEXT((void)matmul(zeros({2, 3, 4}), zeros({5, 4, 2})), ShapeError,
                    "matmul: shapes (2,) and (5,) do not broadcast");
}

TEST(Affine, AddsBiasAndActivation) {
  const Tensor x = tensor({{1, -1}}), w = tensor({{1, 2, 3}, {4, 5, 6}}), b = tensor({1, 0, 5});
  EXPECT_EQ(affine(x, w, nullptr).str(), "[[-3. -3. -3.]]");
  EXPECT_EQ(affine(x, w, &b).str(), "[[-2. -3.  2.]]");
  EXPECT_EQ(affine(x, w, &b, Epilogue::relu).str(), "[[0. 0. 2.]]");
  EXPECT_LE(distance(affine(x, w, &b, Epilogue::tanh), tanh(affine(x, w, &b))), 1e-6);
  const Tensor short_bias = tensor({1, 2});
  EXPECT_THROW_TEXT((void)affine(x, w, &short_bias), ShapeError,
                    "affine: kernel (2, 3) needs a bias of shape (3,), got (2,)");
}

TEST(Eigh, DiagonalisesASymmetricMatrix) {
  Generator g(5);
  const Tensor half = normal({6, 6}, 0, 1, g, float64), a = half + transpose(half);
  const Eigen e = eigh(a);
  const Tensor again = matmul(e.vectors * e.values, transpose(e.vectors));
  EXPECT_LE(distance(again, a), 1e-12);
  EXPECT_LE(distance(matmul(transpose(e.vectors), e.vectors), eye(6, float64)), 1e-12);
  for (std::int64_t i = 1; i < 6; ++i) EXPECT_LE(e.values[i - 1].item(), e.values[i].item());
  EXPECT_THROW_TEXT((void)eigh(zeros({2, 3}, float64)), ShapeError,
                    "eigh: needs a square matrix, got shape (2, 3)");
  EXPECT_THROW_TEXT((void)eigh(zeros({2, 2})), DTypeError, "eigh: needs float64");
}

}  // namespace
}  // namespace hourglass
