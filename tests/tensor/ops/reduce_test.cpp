#include <gtest/gtest.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "support/expect_error.h"

namespace hourglass {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

Axes axes_of(const std::vector<int>& list) {
  Axes axes;
  axes.list = list;
  return axes;
}

Values values(const Tensor& x) {
  const Tensor y = x.to(float64).contiguous();
  return {y.data<double>(), y.data<double>() + y.size()};
}

// For each element of the result, in row-major order, the elements that it is made of; no axes: all.
std::vector<Values> groups(const Tensor& x, const std::vector<int>& axes) {
  const auto gone = [&](int axis) { return axes.empty() || std::count(axes.begin(), axes.end(), axis) > 0; };
  std::int64_t count = 1;
  for (int i = 0; i < x.rank(); ++i) count *= gone(i) ? 1 : x.shape(i);
  std::vector<Values> out(static_cast<std::size_t>(count));
  const Values all = values(x);
  for (std::size_t flat = 0; flat < all.size(); ++flat) {
    auto rest = static_cast<std::int64_t>(flat);
    std::int64_t at = 0, step = 1;
    for (int i = x.rank() - 1; i >= 0; --i) {
      if (!gone(i)) {
        at += rest % x.shape(i) * step;
        step *= x.shape(i);
      }
      rest /= x.shape(i);
    }
    out[static_cast<std::size_t>(at)].push_back(all[flat]);
  }
  return out;
}

Shape reduced_shape(const Shape& shape, const std::vector<int>& axes, bool keepdims) {
  Shape out = shape;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (!axes.empty() && std::count(axes.begin(), axes.end(), i) == 0) continue;
    out = keepdims ? out.with(i, 1) : out.without(i);
  }
  return out;
}

double total(const Values& v) {
  double sum = 0;
  for (const double x : v) sum += x;
  return sum;
}
double variance(const Values& v, double ddof) {
  const double n = static_cast<double>(v.size()), center = total(v) / n;
  double sum = 0;
  for (const double x : v) sum += (x - center) * (x - center);
  return sum / (n - ddof);
}

struct Op {
  const char* name;
  Tensor (*compute)(const Tensor&, const Axes&, bool);
  double (*define)(const Values&);
  bool needs_elements = false;
};

const Op kOps[] = {
    {"sum", [](const Tensor& x, const Axes& a, bool k) { return sum(x, a, {k}); }, total},
    {"mean", [](const Tensor& x, const Axes& a, bool k) { return mean(x, a, {k}); },
     [](const Values& v) { return total(v) / static_cast<double>(v.size()); }},
    {"var", [](const Tensor& x, const Axes& a, bool k) { return var(x, a, {k}); },
     [](const Values& v) { return variance(v, 0); }},
    {"std, ddof 1",
     [](const Tensor& x, const Axes& a, bool k) {
       return hourglass::std(x, a, {k, 1});
     },
     [](const Values& v) { return v.size() < 2 ? kNan : std::sqrt(variance(v, 1)); }},
    {"max", [](const Tensor& x, const Axes& a, bool k) { return max(x, a, {k}); },
     [](const Values& v) { return *std::max_element(v.begin(), v.end()); }, true},
    {"min", [](const Tensor& x, const Axes& a, bool k) { return min(x, a, {k}); },
     [](const Values& v) { return *std::min_element(v.begin(), v.end()); }, true},
    {"norm", [](const Tensor& x, const Axes& a, bool k) { return norm(x, a, {k}); },
     [](const Values& v) {
       double sum = 0;
       for (const double x : v) sum += x * x;
       return std::sqrt(sum);
     }},
    {"logsumexp", [](const Tensor& x, const Axes& a, bool k) { return logsumexp(x, a, {k}); },
     [](const Values& v) {
       double sum = 0;
       for (const double x : v) sum += std::exp(x);
       return std::log(sum);
     }},
};

void expect_close(const Tensor& actual, const Values& expected, double tolerance) {
  const Values got = values(actual);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i]) || std::isinf(expected[i])) {
      EXPECT_TRUE(std::isnan(expected[i]) ? std::isnan(got[i]) : got[i] == expected[i])
          << i << ": " << got[i];
    } else {
      EXPECT_NEAR(got[i], expected[i], tolerance * std::max(1.0, std::abs(expected[i]))) << "element " << i;
    }
  }
}

// Every op over every set of axes of x, with and without kept axes.
void expect_definitions(const Tensor& x, double tolerance) {
  const unsigned sets = 1U << static_cast<unsigned>(x.rank());
  for (unsigned set = 0; set < sets; ++set) {
    std::vector<int> axes;
    for (int i = 0; i < x.rank(); ++i) {
      if ((set >> static_cast<unsigned>(i) & 1U) != 0) axes.push_back(i);
    }
    const std::vector<Values> from = groups(x, axes);
    for (const Op& op : kOps) {
      SCOPED_TRACE(::testing::Message() << op.name << " of shape " << x.shape().str() << ", axes "
                                        << ::testing::PrintToString(axes));
      if (op.needs_elements && !from.empty() && from[0].empty()) {
        EXPECT_THROW_TEXT((void)op.compute(x, axes_of(axes), false), ShapeError,
                          "has no elements along the reduced axes");
        continue;
      }
      Values expected;
      for (const Values& v : from) expected.push_back(op.define(v));
      for (const bool keepdims : {false, true}) {
        const Tensor y = op.compute(x, axes_of(axes), keepdims);
        EXPECT_EQ(y.shape(), reduced_shape(x.shape(), axes, keepdims));
        EXPECT_EQ(y.dtype(), x.dtype());
        EXPECT_TRUE(y.is_contiguous());
        expect_close(y, expected, tolerance);
      }
    }
  }
}

TEST(Reductions, FollowTheirDefinitionsForEveryShapeAndLayout) {
  Generator g(1);
  const auto random = [&](const Shape& shape) { return normal(shape, 0.5, 1, g, float64); };
  std::vector<Tensor> inputs;
  for (const Shape& shape :
       {Shape{}, {1}, {0}, {0, 3}, {3, 0}, {2, 0, 3}, {5, 7}, {3, 4, 5}, {1, 5, 1}, {2, 3, 4, 2}}) {
    inputs.push_back(random(shape));
  }
  inputs.push_back(transpose(random({5, 7})));
  inputs.push_back(permute(random({3, 4, 5}), {2, 0, 1}));
  inputs.push_back(slice(random({9, 8, 5}), {Slice{1, 8, 2}, Slice{.step = -3}}));
  inputs.push_back(flip(random({6, 5})));
  inputs.push_back(broadcast_to(random({4, 1}), {3, 4, 5}));
  for (const Tensor& x : inputs) {
    expect_definitions(x, 1e-13);
    expect_definitions(x.to(float32), 2e-6);
  }
}

TEST(Reductions, FollowTheirDefinitionsWhereRowsAndColumnsAreCut) {
  Generator g(2);
  for (const Shape& shape : {Shape{31},
                             {32},
                             {63},
                             {64},
                             {65},
                             {200},
                             {70'000},
                             {131'072},
                             {1, 66'000},
                             {300, 257},
                             {3, 100, 7},
                             {130, 2},
                             {50'000, 3},
                             {2, 300, 300},
                             {2, 1'000, 70},
                             {600, 2, 3}}) {
    const Tensor x = normal(shape, 0.5, 1, g, float64);
    expect_definitions(x, 1e-11);
    expect_definitions(x.to(float32), 2e-6);
  }
}

TEST(Reductions, CountAxesFromTheEndToo) {
  const Tensor x = reshape(arange(0, 24, 1, float64), {2, 3, 4});
  EXPECT_EQ(values(sum(x, -1)), values(sum(x, 2)));
  EXPECT_EQ(values(sum(x, {-3, 2})), values(sum(x, {0, 2})));
  EXPECT_EQ(values(sum(x, {2, 0}, {.keepdims = true})), (Values{60, 92, 124}));
  EXPECT_EQ(sum(x, {2, 0}, {.keepdims = true}).shape(), (Shape{1, 3, 1}));
}

TEST(Reductions, OfIntegers) {
  const Tensor bytes = full({1000}, 255, uint8);
  EXPECT_EQ(sum(bytes).dtype(), int64);
  EXPECT_EQ(sum(bytes).item(), 255'000);
  Tensor large = zeros({3}, int64);
  std::int64_t* const to = large.mutable_data<std::int64_t>();
  to[0] = (std::int64_t{1} << 60) + 1, to[1] = -7, to[2] = 3;  // not exact in double
  EXPECT_EQ(*sum(large).data<std::int64_t>(), (std::int64_t{1} << 60) - 3);
  EXPECT_EQ(*max(large).data<std::int64_t>(), (std::int64_t{1} << 60) + 1);
  EXPECT_EQ(min(large).item(), -7);
  EXPECT_EQ(max(bytes).dtype(), uint8);
  EXPECT_EQ(sum(zeros({0}, uint8)).item(), 0);
  const Tensor x = zeros({2, 3}, int64);
  EXPECT_THROW_TEXT((void)mean(x), DTypeError, "mean: ");
  EXPECT_THROW_TEXT((void)var(x), DTypeError, "var: ");
  EXPECT_THROW_TEXT((void)hourglass::std(x), DTypeError, "std: ");
  EXPECT_THROW_TEXT((void)norm(x), DTypeError, "norm: ");
  EXPECT_THROW_TEXT((void)logsumexp(x), DTypeError, "logsumexp: ");
}

TEST(Reductions, RefuseAxesThatAreNotThere) {
  const Tensor x = zeros({2, 3});
  EXPECT_THROW_TEXT((void)sum(x, 2), IndexError, "sum: axis 2 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)mean(x, -3), IndexError, "mean: axis -3 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)hourglass::std(x, 4), IndexError, "std: axis 4 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)sum(zeros({}), 0), IndexError, "sum: axis 0 is out of range for shape ()");
  EXPECT_THROW_TEXT((void)max(x, {0, -2}), ShapeError, "max: axis 0 of shape (2, 3) is given twice");
  EXPECT_THROW_TEXT((void)argmax(x, 2), IndexError, "argmax: axis 2 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)cumsum(x, 2), IndexError, "cumsum: axis 2 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)max(zeros({0, 3}), 0), ShapeError,
                    "max: shape (0, 3) has no elements along the reduced axes");
  EXPECT_THROW_TEXT((void)argmin(zeros({0})), ShapeError,
                    "argmin: shape (0,) has no elements along the reduced axes");
  EXPECT_EQ(max(zeros({0, 3}), 1).shape(), Shape{0});
}

TEST(Reductions, PassNanAndInfinityOnFromEveryPosition) {
  for (const DType dtype : {float32, float64}) {
    for (const std::int64_t n : {1, 2, 31, 32, 33, 63, 64, 65, 130}) {
      for (std::int64_t at = 0; at < n; ++at) {
        for (const bool columns : {false, true}) {
          Tensor x = ones({n, columns ? 2 : 1}, dtype);
          Tensor place = x[at];
          place.fill(kNan);
          EXPECT_FALSE(all_finite(x)) << n << " " << at;
          for (const Op& op : kOps) {
            EXPECT_TRUE(std::isnan(values(op.compute(x, 0, false))[0])) << op.name << " " << n << " " << at;
          }
          place.fill(-kInf);
          EXPECT_FALSE(all_finite(x)) << n << " " << at;
          EXPECT_EQ(values(min(x, 0))[0], -kInf);
          EXPECT_EQ(values(max(x, 0))[0], n == 1 ? -kInf : 1.0);
          EXPECT_EQ(values(norm(x, 0))[0], kInf);
          EXPECT_TRUE(std::isnan(values(var(x, 0))[0]));
          place.fill(kInf);
          EXPECT_EQ(values(logsumexp(x, 0))[0], kInf);
          place.fill(1);
          EXPECT_TRUE(all_finite(x));
        }
      }
    }
  }
  EXPECT_TRUE(all_finite(zeros({0, 3})));
  EXPECT_TRUE(all_finite(zeros({3}, int64)));
  EXPECT_TRUE(all_finite(full({100}, std::numeric_limits<double>::max(), float64)));
}

TEST(Reductions, OverNoElements) {
  const Tensor x = zeros({2, 0, 3});
  EXPECT_EQ(values(sum(x, 1)), Values(6, 0.0));
  EXPECT_EQ(values(logsumexp(x, 1)), Values(6, -kInf));
  EXPECT_EQ(norm(x).item(), 0.0);
  EXPECT_TRUE(std::isnan(mean(x).item()));
  EXPECT_TRUE(std::isnan(var(x).item()));
  EXPECT_TRUE(std::isnan(var(ones({1}), {}, {.ddof = 1}).item()));
  EXPECT_EQ(var(tensor({1, 3}), {}, {.ddof = 5}).item(), kInf);
}

TEST(Sum, OfAHundredMillionFloatsIsAccurateAndTheSameForAnyNumberOfThreads) {
  const std::int64_t n = 100'000'000;
  Tensor x = full({n}, 0.1F);
  EXPECT_NEAR(sum(x).item() / (static_cast<double>(0.1F) * 1e8), 1.0, 1e-7);
  float* const to = x.mutable_data<float>();
  double expected = 0;  // exact: multiples of 2⁻¹⁰
  for (std::int64_t i = 0; i < n; ++i) {
    to[i] = static_cast<float>(i * 2654435761 % 4096) / 1024.0F;
    expected += static_cast<double>(to[i]);
  }
  const int before = num_threads();
  for (const int threads : {1, 2, 3, 4}) {
    set_num_threads(threads);
    EXPECT_NEAR(sum(x).item() / expected, 1.0, 1e-7);
    EXPECT_NEAR(mean(x).item() / expected * static_cast<double>(n), 1.0, 1e-7);
    EXPECT_NEAR(sum(reshape(x, {n / 10, 10}), 0)[0].item(),
                sum(slice(reshape(x, {n / 10, 10}), 1, {0, 1})).item(), 16);
  }
  set_num_threads(before);
}

TEST(Reductions, GiveTheSameBitsForAnyNumberOfThreads) {
  Generator g(3);
  const Tensor x = normal({4, 700, 301}, 1, 2, g);
  const int before = num_threads();
  for (const Op& op : kOps) {
    for (const Axes& axes : {Axes(), Axes(0), Axes(1), Axes(2), Axes{0, 2}}) {
      set_num_threads(1);
      const Tensor expected = op.compute(x, axes, false);
      for (const int threads : {2, 3, 4}) {
        set_num_threads(threads);
        const Tensor y = op.compute(x, axes, false);
        EXPECT_EQ(std::memcmp(y.data<float>(), expected.data<float>(),
                              static_cast<std::size_t>(y.size()) * sizeof(float)),
                  0)
            << op.name << ", " << threads << " threads";
      }
    }
  }
  set_num_threads(before);
}

TEST(Var, KeepsItsDigitsBesideALargeMean) {
  Generator g(4);
  const Tensor x = normal({10'000}, 8192, 0.01, g);
  EXPECT_NEAR(var(x).item() / variance(values(x), 0), 1.0, 1e-6);
  EXPECT_NEAR(var(normal({1000}, 1e9, 1, g, float64)).item(), 1.0, 0.2);
  EXPECT_EQ(var(full({1000}, 0.1F)).item(), 0.0);
}

TEST(Norm, OverflowsOnlyWithItsResult) {
  EXPECT_NEAR(norm(full({4}, 1e30)).item() / 2e30, 1.0, 1e-6);
  EXPECT_NEAR(norm(full({4}, 1e-30)).item() / 2e-30, 1.0, 1e-6);
  EXPECT_EQ(norm(tensor({3, -4})).item(), 5.0);
}

TEST(Logsumexp, NeitherOverflowsNorLosesSmallTerms) {
  EXPECT_NEAR(logsumexp(full({2}, 1e4)).item(), 1e4 + std::log(2.0), 1e-3);
  EXPECT_NEAR(logsumexp(full({2}, -1e4, float64)).item(), -1e4 + std::log(2.0), 1e-10);
  EXPECT_EQ(logsumexp(full({3}, -kInf)).item(), -kInf);
  EXPECT_EQ(values(logsumexp(tensor({{-kInf, 1}, {-kInf, -kInf}}), 1)), (Values{1, -kInf}));
}

TEST(Argmax, TakesTheFirstOfEqualsAndNanBeforeAll) {
  EXPECT_EQ(argmax(tensor({1, 3, 3, 2})).item(), 1);
  EXPECT_EQ(argmin(tensor({4, 1, 3, 1})).item(), 1);
  EXPECT_EQ(argmax(tensor({1, kNan, kInf, kNan})).item(), 1);
  EXPECT_EQ(argmin(tensor({1, kNan, -kInf})).item(), 1);
  EXPECT_EQ(argmax(tensor({-kInf, -kInf})).item(), 0);
  EXPECT_EQ(argmax(tensor({7}).to(uint8)).item(), 0);
  EXPECT_EQ(argmax(full({}, 3)).item(), 0);
}

TEST(Argmax, FollowsItsDefinitionAlongEveryAxis) {
  Generator g(5);
  const Tensor base = normal({4, 5, 6}, 0, 3, g, float64);
  for (const Tensor& layout : {base, permute(base, {1, 2, 0}), flip(base), slice(base, 1, {.step = -2})}) {
    for (const DType dtype : {float32, float64, int64}) {
      const Tensor x = layout.to(dtype);
      for (int axis = -3; axis < 3; ++axis) {
        Values largest, smallest;
        for (const Values& v : groups(x, {x.shape().axis_index(axis)})) {
          largest.push_back(static_cast<double>(std::max_element(v.begin(), v.end()) - v.begin()));
          smallest.push_back(static_cast<double>(std::min_element(v.begin(), v.end()) - v.begin()));
        }
        EXPECT_EQ(argmax(x, axis).dtype(), int64);
        EXPECT_EQ(argmax(x, axis).shape(), x.shape().without(axis));
        EXPECT_EQ(argmax(x, axis, {.keepdims = true}).shape(), x.shape().with(axis, 1));
        EXPECT_EQ(values(argmax(x, axis)), largest);
        EXPECT_EQ(values(argmin(x, axis)), smallest);
      }
      const Values v = values(x);
      EXPECT_EQ(argmax(x).item(), static_cast<double>(std::max_element(v.begin(), v.end()) - v.begin()));
    }
  }
}

}  // namespace
}  // namespace hourglass
