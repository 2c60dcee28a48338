// The orders in which sums are added up, to the last bit: models trained before must come out the same.

#include <hourglass/tensor/kernels/activations.h>
#include <hourglass/tensor/kernels/reduce.h>
#include <hourglass/tensor/ops/random.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

namespace hourglass::detail {
namespace {

// Numbers of so many sizes that every order of additions gives other bits.
std::vector<double> of_many_sizes(std::int64_t n) {
  Generator g(5);
  const Tensor x = normal({n}, 0.0, 1.0, g), e = normal({n}, 0.0, 12.0, g);
  std::vector<double> out;
  for (std::int64_t i = 0; i < n; ++i)
    out.push_back(static_cast<double>(x.data<float>()[i]) *
                  std::exp(static_cast<double>(e.data<float>()[i])));
  return out;
}

template <SumOrder Order>
double by_sum_terms(const std::vector<double>& x) {
  return sum_terms<Order, Add<double>>(static_cast<std::int64_t>(x.size()), [&](double sum, std::int64_t i) {
    return sum + x[static_cast<std::size_t>(i)];
  });
}

// The same as it is described, plainly.
double described(const SumOrder& order, const std::vector<double>& x) {
  const auto lanes = static_cast<std::size_t>(order.lanes);
  if (static_cast<std::int64_t>(x.size()) < order.from_length) {
    double sum = 0.0;
    for (const double v : x) sum += v;
    return sum;
  }
  std::vector<double> sums(lanes, 0.0);
  const std::size_t whole = x.size() / lanes * lanes;
  for (std::size_t i = 0; i < x.size(); ++i) sums[i >= whole && order.rest_to_first ? 0 : i % lanes] += x[i];
  if (!order.by_halves) {
    double sum = 0.0;
    for (const double s : sums) sum += s;
    return sum;
  }
  while (sums.size() > 1) {
    std::vector<double> halves(sums.size() / 2);
    for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = sums[i] + sums[i + halves.size()];
    sums = halves;
  }
  return sums[0];
}

TEST(Sums, KeepTheirOrders) {
  for (const std::int64_t n : {0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 128, 1000}) {
    const std::vector<double> x = of_many_sizes(n);
    EXPECT_EQ(by_sum_terms<kReduceOrder>(x), described({64, 32, false, true}, x)) << n;
    EXPECT_EQ(by_sum_terms<kPairOrder>(x), described({16, 16, true, false}, x)) << n;
    EXPECT_EQ(by_sum_terms<kNormOrder>(x), described({16, 16, true, true}, x)) << n;
  }
  int reduce_from_pair = 0, pair_from_norm = 0;  // the data tell the orders apart
  for (std::int64_t n = 1000; n < 1100; ++n) {
    const std::vector<double> x = of_many_sizes(n);
    reduce_from_pair += by_sum_terms<kReduceOrder>(x) != by_sum_terms<kPairOrder>(x) ? 1 : 0;
    pair_from_norm += by_sum_terms<kPairOrder>(x) != by_sum_terms<kNormOrder>(x) ? 1 : 0;
  }
  EXPECT_GT(reduce_from_pair, 0);
  EXPECT_GT(pair_from_norm, 0);
}

TEST(Sums, TakeShortRowsTogether) {
  constexpr std::int64_t kRows = 41;
  for (const std::int64_t columns : {1, 3, 16, 40, 64, 100}) {
    const std::vector<double> x = of_many_sizes(kRows * columns);
    const std::int64_t together = std::max<std::int64_t>(std::min(64 / columns, kRows), 1);
    for (std::int64_t c = 0; c < columns; ++c) {
      std::vector<double> sums(static_cast<std::size_t>(together), 0.0);
      const std::int64_t whole = kRows / together * together;
      for (std::int64_t r = 0; r < kRows; ++r)  // those left over all go to the first sum
        sums[static_cast<std::size_t>(r < whole ? r % together : 0)] +=
            x[static_cast<std::size_t>(r * columns + c)];
      double expected = sums[0];
      for (std::size_t i = 1; i < sums.size(); ++i) expected += sums[i];
      std::vector<double> out(static_cast<std::size_t>(columns));
      fold_columns<Add<double>>(x.data(), kRows, columns, columns, static_cast<const double*>(nullptr),
                                out.data());
      EXPECT_EQ(out[static_cast<std::size_t>(c)], expected) << columns << ", column " << c;
    }
  }
}

template <class F>
void expect_slope(const char* name) {
  for (const double z : {-3.0, -0.7, 0.4, 2.5}) {
    const double h = 1e-6, y = F::value(z);
    double slope = 0.0;
    F::slope(2.0, y, slope);
    EXPECT_NEAR(slope, 2.0 * (F::value(z + h) - F::value(z - h)) / (2.0 * h), 1e-8) << name << " at " << z;
    Lanes<double, 4> dy = {}, of_y = {}, dz = {};
    for (int l = 0; l < 4; ++l) dy[l] = 2.0, of_y[l] = y;
    F::slope(dy, of_y, dz);
    for (int l = 0; l < 4; ++l) EXPECT_EQ(dz[l], slope) << name << " in lanes";
  }
}

TEST(Activations, HaveTheirSlopes) {
  expect_slope<Linear>("linear");
  expect_slope<Relu>("relu");
  expect_slope<Sigmoid>("sigmoid");
  expect_slope<Tanh>("tanh");
}

TEST(Buffer, MovesAndFills) {
  Buffer<float> a(5, 2.0F), none;
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(a.data()[4], 2.0F);
  const float* const where = a.data();
  Buffer<float> b(std::move(a));
  EXPECT_EQ(b.data(), where);
  none = std::move(b);
  EXPECT_EQ(none.data(), where);
  EXPECT_EQ(none.size(), 5);
}

}  // namespace
}  // namespace hourglass::detail
