// Values over shapes, strides and special numbers, against plain loops over std:: functions.

#include "support/expect_error.h"

#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/activation.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace hourglass {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

struct Unary {
  const char* name;
  Tensor (*op)(const Tensor&);
  double (*definition)(double);
  double low, high;
  double floor = 1e-3;  // below this size of the result, errors are absolute
};

const std::vector<Unary> kUnary{
    {"neg", neg, [](double x) { return -x; }, -5, 5},
    {"abs", abs, [](double x) { return std::fabs(x); }, -5, 5},
    {"sign", sign, [](double x) { return x > 0   ? 1.0
                                         : x < 0 ? -1.0
                                                 : x; }, -5, 5},
    {"square", square, [](double x) { return x * x; }, -5, 5},
    {"exp", exp, [](double x) { return std::exp(x); }, -80, 80},
    {"expm1", expm1, [](double x) { return std::expm1(x); }, -20, 20},
    {"log", log, [](double x) { return std::log(x); }, 1e-6, 100},
    {"log1p", log1p, [](double x) { return std::log1p(x); }, -0.99, 100},
    {"sqrt", sqrt, [](double x) { return std::sqrt(x); }, 0, 100},
    {"rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); }, 1e-6, 100},
    {"sin", sin, [](double x) { return std::sin(x); }, -50, 50},
    {"cos", cos, [](double x) { return std::cos(x); }, -50, 50},
    {"tanh", tanh, [](double x) { return std::tanh(x); }, -12, 12},
    {"erf", erf, [](double x) { return std::erf(x); }, -5, 5},
    {"sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -30, 30},
    {"relu", relu, [](double x) { return x > 0    ? x
                                         : x == x ? 0.0
                                                  : x; }, -5, 5},
    {"gelu", gelu, [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }, -4, 4, 1.0},
    {"silu", silu, [](double x) { return x / (1 + std::exp(-x)); }, -30, 30},
    {"softplus", softplus, [](double x) { return x > 30 ? x : std::log1p(std::exp(x)); }, -30, 40},
    {"selu", selu, [](double x) { return kSeluScale * (x > 0 ? x : kSeluAlpha * std::expm1(x)); }, -10, 10},
};

void expect_close(const Unary& row, const Tensor& y, const Tensor& x, double tolerance) {
  const Tensor values = x.to(float64).contiguous(), results = y.to(float64).contiguous();
  ASSERT_EQ(y.shape(), x.shape()) << row.name;
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const double expected = row.definition(values.data<double>()[i]);
    ASSERT_NEAR(results.data<double>()[i], expected, tolerance * std::max(std::fabs(expected), row.floor))
        << row.name << "(" << values.data<double>()[i] << ")";
  }
}

class UnaryOp : public ::testing::TestWithParam<std::size_t> {};

TEST_P(UnaryOp, FollowsItsDefinitionOverShapesAndStrides) {
  const Unary& row = kUnary[GetParam()];
  Generator g(5);
  for (const Shape& shape :
       {Shape{}, Shape{0, 3}, Shape{1}, Shape{5}, Shape{3, 4}, Shape{2, 3, 5}, Shape{257, 129}}) {
    const Tensor x = uniform(shape, row.low, row.high, g, float64);
    expect_close(row, row.op(x), x, 1e-12);
    expect_close(row, row.op(x.to(float32)), x.to(float32), 4e-6);
  }
  const Tensor x = uniform({6, 8}, row.low, row.high, g);
  expect_close(row, row.op(transpose(x)), transpose(x), 4e-6);
  expect_close(row, row.op(slice(x, {Slice{.step = 2}, Slice{7, std::nullopt, -3}})),
               slice(x, {Slice{.step = 2}, Slice{7, std::nullopt, -3}}), 4e-6);
  const Tensor wide = broadcast_to(slice(x, 0, {0, 1}), {5, 8});
  expect_close(row, row.op(wide), wide, 4e-6);
}

TEST_P(UnaryOp, HandlesSpecialValuesAsTheStandardLibraryDoes) {
  const Unary& row = kUnary[GetParam()];
  for (const DType dtype : {float32, float64}) {
    for (const double v : {0.0, 1e30, -1e30, kInf, -kInf, kNan}) {
      const double y = row.op(full({}, v, dtype)).item();
      const double expected =
          dtype == float32 ? static_cast<double>(static_cast<float>(row.definition(v))) : row.definition(v);
      if (std::abs(v) == 1e30 && (row.op == static_cast<Tensor (*)(const Tensor&)>(sin) ||
                                  row.op == static_cast<Tensor (*)(const Tensor&)>(cos))) {
        EXPECT_LE(std::fabs(y), 1.0);
        continue;
      }
      if (std::isnan(expected)) {
        // −inf · 0 in gelu and silu: the limit 0 would do as well
        EXPECT_TRUE(std::isnan(y) || y == 0.0) << row.name << "(" << v << ") = " << y;
      } else if (std::isinf(expected)) {
        EXPECT_EQ(y, expected) << row.name << "(" << v << ")";
      } else {
        EXPECT_NEAR(y, expected, 1e-5 * std::max(1.0, std::fabs(expected))) << row.name << "(" << v << ")";
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, UnaryOp, ::testing::Range<std::size_t>(0, kUnary.size()),
                         [](const auto& info) { return kUnary[info.param].name; });

TEST(Arithmetic, BroadcastsByNumPysRule) {
  const Tensor a = arange(0, 6).view({2, 3}, {3, 1}), row = arange(10, 13),
               column = reshape(arange(0, 2), {2, 1});
  EXPECT_EQ((a + row).str(), "[[10. 12. 14.]\n [13. 15. 17.]]");
  EXPECT_EQ((column - row).str(), "[[-10. -11. -12.]\n [ -9. -10. -11.]]");
  EXPECT_EQ((a * full({}, 2.0)).shape(), (Shape{2, 3}));
  EXPECT_EQ((zeros({0, 3}) + row).shape(), (Shape{0, 3}));
  EXPECT_EQ((zeros({4, 1, 3}) + zeros({5, 1})).shape(), (Shape{4, 5, 3}));
  EXPECT_THROW_TEXT((void)(a + arange(0, 2)), ShapeError, "add: shapes (2, 3) and (2,) do not broadcast");
}

TEST(Arithmetic, WorksOnAllTypesAndRefusesMixtures) {
  const Tensor i = arange(0, 4, 1, int64), u = full({3}, 250.0, uint8);
  EXPECT_EQ((i * i - 1.0).str(), "[-1  0  3  8]");
  EXPECT_EQ((u + u).str(), "[244 244 244]");  // modulo 256
  EXPECT_EQ((i / 2.0).str(), "[0 0 1 1]");
  EXPECT_THROW_TEXT(
      (void)(i + arange(0, 4)), DTypeError,
      "add: the operands are int64 and float32; convert one, for instance with x.to(hg::float32)");
  EXPECT_THROW_TEXT((void)(i + 0.5), DataError, "add: the number 0.5 is not exact as int64");
  EXPECT_THROW_TEXT((void)(u + 256.0), DataError, "the number 256 is not exact as uint8");
  EXPECT_THROW_TEXT((void)(i / zeros({4}, int64)), DataError, "divide: integer division by zero");
  EXPECT_THROW_TEXT((void)(i / 0.0), DataError, "divide: integer division");
  EXPECT_THROW_TEXT((void)exp(i), DTypeError,
                    "exp: needs float32 or float64 elements, got int64; convert with x.to(hg::float32)");
}

TEST(Arithmetic, MaximumAndMinimumPropagateNan) {
  const Tensor n = full({1}, kNan), one = full({1}, 1.0);
  for (const Tensor& y : {maximum(n, one), maximum(one, n), minimum(n, one), minimum(one, n)})
    EXPECT_TRUE(std::isnan(y.item()));
  EXPECT_EQ(maximum(one, 3.0).item(), 3.0);
  EXPECT_EQ(minimum(one, 3.0).item(), 1.0);
}

TEST(Arithmetic, AddsInPlace) {
  Tensor a = arange(0, 6).view({2, 3}, {3, 1});
  add_in_place(a, arange(0, 3));
  EXPECT_EQ(a.str(), "[[0. 2. 4.]\n [3. 5. 7.]]");
  EXPECT_THROW_TEXT(add_in_place(a, zeros({4, 2, 3})), ShapeError,
                    "add_in_place: (4, 2, 3) does not broadcast to (2, 3)");
}

TEST(Comparison, GivesZeroAndOne) {
  const Tensor a = tensor({1, 2, 3}), b = tensor({3, 2, 1});
  EXPECT_EQ((a < b).dtype(), uint8);
  EXPECT_EQ((a < b).str(), "[1 0 0]");
  EXPECT_EQ((a <= b).str(), "[1 1 0]");
  EXPECT_EQ((a > b).str(), "[0 0 1]");
  EXPECT_EQ((a >= 2.0).str(), "[0 1 1]");
  EXPECT_EQ((a == b).str(), "[0 1 0]");
  EXPECT_EQ((a != b).str(), "[1 0 1]");
  EXPECT_EQ((arange(0, 3, 1, int64) > 0.5).str(), "[0 1 1]");
  EXPECT_EQ((full({1}, kNan) == full({1}, kNan)).item(), 0.0);
}

TEST(Clip, KeepsNanAndChecksItsBounds) {
  EXPECT_EQ(clip(tensor({-2, 0.5, 9}), 0.0, 1.0).str(), "[0.  0.5 1. ]");
  EXPECT_TRUE(std::isnan(clip(full({}, kNan), 0.0, 1.0).item()));
  EXPECT_THROW_TEXT((void)clip(zeros({1}), 1.0, 0.0), DataError, "clip: needs low <= high, got 1 and 0");
}

TEST(Elementwise, GivesTheSameBitsForAnyNumberOfThreads) {
  Generator g(9);
  const Tensor x = normal({333, 777}, 0.0, 3.0, g);
  const int before = num_threads();
  set_num_threads(1);
  const Tensor one = tanh(x) * sigmoid(x) + x;
  for (const int n : {2, 3, 4}) {
    set_num_threads(n);
    const Tensor many = tanh(x) * sigmoid(x) + x;
    EXPECT_EQ(std::memcmp(one.data<float>(), many.data<float>(), static_cast<std::size_t>(x.size()) * 4), 0)
        << n << " threads";
  }
  set_num_threads(before);
}

}  // namespace
}  // namespace hourglass
