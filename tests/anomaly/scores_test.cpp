// Scores by hand: column errors, distances, combinations, and what a model file keeps of them.

#include "support/expect_error.h"

#include <hourglass/anomaly/scores.h>
#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/sort.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace hourglass::anomaly {
namespace {

namespace ae = autoencoders;

const std::vector<ae::TableColumn> kColumns{{1, false}, {2, true}, {1, false}};

ae::TabularAutoencoder small() {
  set_seed(3);
  return ae::TabularAutoencoder({.columns = kColumns, .hidden = {5}, .latent = 3});
}

Tensor rows(std::int64_t n, std::uint64_t seed) {
  Generator generator(seed);
  Tensor x = normal({n, 4}, 0.0, 1.0, generator).contiguous();
  float* const v = x.mutable_data<float>();
  for (std::int64_t i = 0; i < n; ++i) {
    v[4 * i + 1] = v[4 * i + 1] > 0.0F ? 1.0F : 0.0F;
    v[4 * i + 2] = 1.0F - v[4 * i + 1];
  }
  return x;
}

TEST(NearestRows, AreThoseOfEveryDistance) {
  Generator generator(1);
  const Tensor known = normal({300, 3}, 0.0, 1.0, generator), x = normal({270, 3}, 0.0, 2.0, generator);
  const NearestRows nearest(known, 4);
  const Tensor found = nearest.distances(x), which = nearest.nearest(x), own = nearest.own_distances();
  const auto sorted = [&](const Tensor& row) {
    const Tensor d = norm(known.to(float64) - row.to(float64), 1).contiguous();
    std::vector<double> out(d.data<double>(), d.data<double>() + d.size());
    std::sort(out.begin(), out.end());
    return out;
  };
  for (const std::int64_t i : {0, 17, 255, 256, 269}) {
    const std::vector<double> d = sorted(x[i]);
    EXPECT_NEAR(found[i].item(), (d[0] + d[1] + d[2] + d[3]) / 4.0, 1e-12);
    const Tensor first = known[static_cast<std::int64_t>(which[i][0].item())];
    EXPECT_NEAR(norm(first.to(float64) - x[i].to(float64)).item(), d[0], 1e-12);
    const std::vector<double> o = sorted(known[i]);
    EXPECT_NEAR(own[i].item(), (o[1] + o[2] + o[3] + o[4]) / 4.0, 1e-12);
  }
}

// Of few columns by a tree, of many by products: both are those of every distance, of equal ones the first.
TEST(NearestRows, OfAnyWidthAreTheFirstOfTheNearest) {
  for (const std::int64_t d : {1, 2, 6, 12, 13, 40}) {
    for (const bool rounded : {false, true}) {
      Generator generator(static_cast<std::uint64_t>(d));
      Tensor known = normal({700, d}, 0.0, 1.0, generator), x = normal({90, d}, 0.0, 1.5, generator);
      if (rounded) known = round(known), x = round(x);  // many rows at equal distances
      const NearestRows nearest(known, 3);
      const Tensor which = nearest.nearest(x), mean_of = nearest.distances(x), own = nearest.own_distances();
      for (std::int64_t i = 0; i < x.shape(0); ++i) {
        const Tensor off = norm(known.to(float64) - x[i].to(float64), 1), order = argsort(off);
        const Tensor three = take(off, slice(order, 0, {0, 3}));
        ASSERT_NEAR(mean_of[i].item(), mean(three).item(), 1e-6) << d;
        for (std::int64_t j = 0; rounded && d <= 12 && j < 3; ++j)
          ASSERT_EQ(which[i][j].item(), order[j].item()) << d << ", row " << i;
        const Tensor to_own = sort(norm(known.to(float64) - known[i].to(float64), 1));
        ASSERT_NEAR(own[i].item(), mean(slice(to_own, 0, {1, 4})).item(), 1e-6) << d;
      }
    }
  }
}

TEST(NearestRows, OfWhatIsNotFiniteThereAreNone) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_THROW_TEXT(NearestRows(tensor({{0.0, inf}, {1.0, 1.0}})), DataError, "nan or infinite");
  Generator generator(1);
  for (const std::int64_t d : {3, 30}) {
    const NearestRows nearest(normal({200, d}, 0.0, 1.0, generator));
    const Tensor x = concat({full({1, d}, inf), full({1, d}, std::nan("")), full({1, d}, 1e30)});
    const Tensor found = nearest.distances(x);
    EXPECT_FALSE(std::isfinite(found[0].item()));
    EXPECT_FALSE(std::isfinite(found[1].item()));
    EXPECT_NEAR(found[2].item() / (1e30 * std::sqrt(static_cast<double>(d))), 1.0, 1e-6);
  }
}

TEST(NearestRows, TakesFewRowsAndSaysWhatItDoesNotTake) {
  const NearestRows two(tensor({{0.0, 0.0}, {3.0, 4.0}}), 5);
  EXPECT_EQ(two.k(), 2);
  EXPECT_DOUBLE_EQ(two.own_distances()[0].item(), 5.0);
  EXPECT_THROW_TEXT(NearestRows(zeros({1, 2})), ShapeError, "two at least, got shape (1, 2)");
  EXPECT_THROW_TEXT(NearestRows(zeros({3, 2}, float64)), DTypeError, "must be float32, got float64");
  EXPECT_THROW_TEXT(NearestRows(zeros({3, 2}), 0), DataError, "k must be at least 1");
  EXPECT_THROW_TEXT(static_cast<void>(two.distances(zeros({3, 3}))), ShapeError, "rows of 2 numbers");
}

TEST(Mahalanobis, IsTheNormOfWhitenedRows) {
  const Tensor x = tensor({{1.0, 0.0}, {-1.0, 0.0}, {0.0, 2.0}, {0.0, -2.0}}, float64);
  const Mahalanobis distance(x);  // covariance diag(½, 2), ridge 10⁻³ · 1.25
  const Tensor d = distance.distances(tensor({{1.0, 0.0}, {0.0, 2.0}, {1.0, 2.0}}, float64));
  EXPECT_NEAR(d[0].item(), std::sqrt(1.0 / 0.50125), 1e-12);
  EXPECT_NEAR(d[1].item(), std::sqrt(4.0 / 2.00125), 1e-12);
  EXPECT_NEAR(d[2].item(), std::sqrt(1.0 / 0.50125 + 4.0 / 2.00125), 1e-12);
}

TEST(Scores, ColumnErrorsOfAnyKindAddUpToItsSquaredError) {
  set_seed(5);
  ae::BasicAutoencoder model({.features = 4, .latent = 2});
  const Tensor x = rows(6, 2), e = column_errors(model, kColumns, x);
  EXPECT_EQ(e.shape(), Shape({6, 3}));
  EXPECT_NEAR(sum(e).item(), sum(square(ae::reconstruct(model, x) - x).to(float64)).item(), 1e-5);
}

TEST(Scores, NegativeElboIsThatOfTheMean) {
  set_seed(6);
  ae::VariationalAutoencoder model(
      {.features = 4, .hidden = {5}, .latent = 2, .likelihood = ae::Likelihood::gaussian, .variance = 0.5});
  model.eval();
  const Tensor x = rows(3, 7), found = negative_elbo(model, x), y = model(x).value();
  const auto posterior = model.posterior(x);
  for (const std::int64_t i : {0, 1, 2}) {
    double expected = 0.0;
    for (const std::int64_t j : {0, 1, 2, 3})
      expected += std::pow(y[i][j].item() - x[i][j].item(), 2) + 0.5 * std::log(std::numbers::pi);
    for (const std::int64_t j : {0, 1}) {
      const double m = posterior.mean.value()[i][j].item(), l = posterior.log_variance.value()[i][j].item();
      expected += 0.5 * (m * m + std::exp(l) - 1.0 - l);
    }
    EXPECT_NEAR(found[i].item(), expected, 1e-5);
  }
}

// Of a linear decoder the distribution of x is known: N(b, W Wᵀ + v).
TEST(Scores, NegativeLogLikelihoodIsTheTrueOneOfALinearModel) {
  set_seed(6);
  const double v = 0.3;
  ae::VariationalAutoencoder model(
      {.features = 2, .hidden = {}, .latent = 1, .likelihood = ae::Likelihood::gaussian, .variance = v});
  auto& decoder = dynamic_cast<nn::Dense&>(model.decoder[0]);
  const double a = decoder.kernel.value()[0][0].item(), b = decoder.kernel.value()[0][1].item();
  const Tensor x = tensor({{0.3, -0.2}, {1.0, 0.5}, {0.3, -0.2}});
  const Tensor found = negative_log_likelihood(model, x, 4000);
  const double determinant = (a * a + v) * (b * b + v) - a * a * b * b;
  for (const std::int64_t i : {0, 1}) {
    const double p = x[i][0].item(), q = x[i][1].item();
    const double square = ((b * b + v) * p * p - 2.0 * a * b * p * q + (a * a + v) * q * q) / determinant;
    EXPECT_NEAR(found[i].item(), 0.5 * (square + std::log(determinant)) + std::log(2.0 * std::numbers::pi),
                0.05);
  }
  EXPECT_EQ(found[0].item(), found[2].item());
  EXPECT_EQ(found[2].item(), negative_log_likelihood(model, slice(x, 0, {2, 3}), 4000)[0].item());
}

TEST(Scorer, AloneAScoreIsWhatItIs) {
  ae::TabularAutoencoder model = small();
  const Tensor x = rows(50, 8), test = rows(9, 9);
  Scorer error({.scores = {Score::error}});
  error.fit(model, kColumns, x);
  const Tensor e = column_errors(model, kColumns, test);
  EXPECT_NEAR(error(model, test)[4].item(), mean(e[4]).item(), 1e-12);
  Scorer scaled({.scores = {Score::scaled_error}});
  scaled.fit(model, kColumns, x);
  const Tensor usual = mean(column_errors(model, kColumns, x), 0);
  EXPECT_NEAR(scaled(model, test)[4].item(), mean(e[4] / usual).item(), 1e-9);
  Scorer nearest({.scores = {Score::nearest}});
  nearest.fit(model, kColumns, x);
  EXPECT_EQ(nearest(model, test)[4].item(), NearestRows(x).distances(test)[4].item());
  EXPECT_EQ(nearest.training_scores()[0].item(), min(NearestRows(x).own_distances()).item());
}

TEST(Scorer, CombinesLogarithmsAndRanksByHand) {
  ae::TabularAutoencoder model = small();
  const Tensor x = rows(50, 8), test = rows(9, 9);
  const std::vector<Score> all{Score::error, Score::mahalanobis, Score::code, Score::nearest};
  for (const Combination how : {Combination::logarithms, Combination::ranks}) {
    Scorer scorer({.scores = all, .combination = how});
    scorer.fit(model, kColumns, x);
    const Tensor parts = scorer.parts(model, test), s = scorer(model, test);
    double expected = 0.0;
    for (std::size_t j = 0; j < all.size(); ++j) {
      Scorer alone({.scores = {all[j]}});
      alone.fit(model, kColumns, x);
      const Tensor known = alone.training_scores();  // ascending
      const double v = parts[2][static_cast<std::int64_t>(j)].item();
      EXPECT_EQ(v, alone(model, test)[2].item());
      if (how == Combination::ranks) {
        expected -= std::log((1.0 + sum(greater_equal(known, v).to(float64)).item()) / 51.0);
      } else {
        const double floor = 0.1 * known[25].item();
        const Tensor logs = log(known + floor);
        expected += (all[j] == Score::nearest ? 2.0 : 1.0) * (std::log(v + floor) - mean(logs).item()) /
                    hourglass::std(logs).item();
      }
    }
    EXPECT_NEAR(s[2].item(), expected, 1e-9);
  }
}

TEST(Scorer, ComesBackFromItsState) {
  ae::TabularAutoencoder model = small();
  const Tensor x = rows(50, 8), test = rows(9, 9);
  const ScoreOptions options{.scores = {Score::mahalanobis, Score::code, Score::nearest}};
  Scorer scorer(options), again(options), other;
  scorer.fit(model, kColumns, x);
  again.set_state(kColumns, scorer.state());
  const Tensor a = scorer(model, test), b = again(model, test);
  for (std::int64_t i = 0; i < 9; ++i) EXPECT_EQ(a[i].item(), b[i].item());
  EXPECT_THROW_TEXT(other.set_state(kColumns, scorer.state()), DataError, "\"training_parts\"");
  EXPECT_THROW_TEXT(again.set_state({{1, false}}, scorer.state()), DataError, "\"column_means\"");
}

TEST(Scorer, SaysWhatItCannotDo) {
  ae::TabularAutoencoder model = small();
  EXPECT_THROW_TEXT(Scorer({.scores = {}}), DataError, "there are no scores");
  EXPECT_THROW_TEXT(Scorer({.scores = {Score::error, Score::error}}), DataError, "error is named twice");
  Scorer elbo({.scores = {Score::elbo}});
  EXPECT_THROW_TEXT(elbo.fit(model, kColumns, rows(9, 1)), DataError, "one of variational kinds");
  Scorer likelihood({.scores = {Score::likelihood}});
  EXPECT_THROW_TEXT(likelihood.fit(model, kColumns, rows(9, 1)), DataError, "has no likelihood");
  EXPECT_THROW_TEXT(Scorer({.samples = 0}), DataError, "samples must be at least 1");
  EXPECT_THROW_TEXT(static_cast<void>(Scorer()(model, rows(2, 1))), DataError, "call fit() first");
}

}  // namespace
}  // namespace hourglass::anomaly
