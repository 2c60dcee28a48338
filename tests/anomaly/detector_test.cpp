// Detectors: what they find, say, save and refuse.

#include "anomaly/made_table.h"
#include "support/expect_error.h"
#include "support/folder.h"

#include <hourglass/anomaly/detector.h>
#include <hourglass/anomaly/evaluate.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/data/tables/csv.h>
#include <hourglass/files/model.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

namespace hourglass::anomaly {
namespace {

namespace ae = autoencoders;

DetectorOptions quick() { return {.steps = 300, .batch_size = 64, .seed = 5, .width = 32}; }

Detector fitted(bool holes = false, DetectorOptions options = quick()) {
  Detector detector(std::move(options));
  detector.fit(made_table(400, 1, false, holes).drop({"label"}));
  return detector;
}
Tensor labels_of(const data::Table& t) { return t["label"].values().to(int64); }

void expect_same_bits(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.shape(), b.shape());
  EXPECT_EQ(sum(equal(a, b)).item(), static_cast<double>(a.size()));
}

TEST(Detector, FindsRowsThatBreakARule) {
  const Detector detector = fitted();
  const data::Table test = made_table(600, 2, true);
  const Evaluation e = evaluate(detector, test, labels_of(test));
  EXPECT_EQ(e.rows, 600);
  EXPECT_EQ(e.anomalies, 30);
  EXPECT_GT(e.auc, 0.98) << e.str();
  EXPECT_LT(e.auc_mean_row, 0.9);
  EXPECT_GT(e.f1, 0.5) << e.str();
  EXPECT_GE(e.best_f1, e.f1);
  const Tensor scores = detector.score(test), found = detector.predict(test);
  EXPECT_EQ(sum(found).item(), sum(greater(scores, detector.threshold())).item());
  const Tensor p = detector.p_value(detector.scorer().training_scores());
  EXPECT_DOUBLE_EQ(p[0].item(), 1.0);
  EXPECT_DOUBLE_EQ(p[399].item(), 2.0 / 401.0);
  EXPECT_NE(e.str().find("distance to the mean row"), std::string::npos);
}

TEST(Detector, SaysWhichColumnIsToBlame) {
  const Detector detector = fitted();
  const data::Table test = made_table(600, 2, true);
  const Tensor labels = labels_of(test);
  int rows = 0, right = 0;
  for (std::int64_t i = 300; i < 600; i += 10, ++rows) {
    const Explanation why = detector.explain(test, i);
    double total = 0.0;
    for (const auto& s : why.shares) total += s.share;
    EXPECT_NEAR(total, 1.0, 1e-9);
    right += why.shares.front().column == "b" ? 1 : 0;
    EXPECT_EQ(why.score, detector.score(test.take(full(Shape{1}, static_cast<double>(i), int64)))[0].item());
  }
  EXPECT_GE(right, 27) << "of " << rows;
  const Explanation why = detector.explain(test, 300);
  EXPECT_NE(why.str().find("was expected"), std::string::npos) << why.str();
  EXPECT_EQ(why.shares.front().value, test["b"].text(300));
  EXPECT_THROW(static_cast<void>(detector.explain(test, 600)), IndexError);
}

TEST(Detector, AnotherProgramScoresTheSameBits) {
  const Folder folder("hourglass_detector");
  const Detector detector = fitted(true);
  const data::Table test = made_table(200, 3, true, true);
  data::write_csv(folder / "rows.csv", test.select({"kind", "label", "c", "a", "b"}));
  detector.save(folder / "detector.h5");
  const Detector again = Detector::load(folder / "detector.h5");
  expect_same_bits(detector.score(test), again.score(data::read_csv(folder / "rows.csv")));
  EXPECT_EQ(again.threshold(), detector.threshold());
  EXPECT_EQ(again.options().steps, 300);
  expect_same_bits(again.scorer().training_scores(), detector.scorer().training_scores());
  EXPECT_EQ(again.explain(test, 7).str(), detector.explain(test, 7).str());
  const auto model = files::load_model(folder / "detector.h5");  // a model as any other
  EXPECT_NE(dynamic_cast<ae::TabularAutoencoder*>(model.get()), nullptr);
  files::save_model(folder / "model.h5", *model);
  EXPECT_THROW_TEXT(static_cast<void>(Detector::load(folder / "model.h5")), FileError, "but no detector");
}

TEST(Detector, SameBitsForAnyNumberOfThreads) {
  const data::Table test = made_table(300, 3, true, true);
  const int before = num_threads();
  const Generator::State state = default_generator().state();
  set_num_threads(1);
  const Tensor one = fitted(true).score(test);
  set_num_threads(3);
  const Tensor three = fitted(true).score(test);
  set_num_threads(before);
  expect_same_bits(one, three);
  EXPECT_EQ(default_generator().state().draws, state.draws);
  DetectorOptions other = quick();
  other.seed = 6;
  EXPECT_NE(fitted(true, other).score(test)[0].item(), one[0].item());
}

// docs/anomaly.md
TEST(Detector, FromATableToAnAlarm) {
  const Folder folder("hourglass_alarm");
  const std::string file = folder / "detector.h5";
  const data::Table train = made_table(200, 1, false).drop({"label"}), table = made_table(100, 2, true);
  anomaly::Detector detector({.seed = 1});
  detector.fit(train);
  const Tensor scores = detector.score(table), alarms = detector.predict(table);
  const std::string why = detector.explain(table, 7).str();
  detector.save(file);
  const anomaly::Detector same = anomaly::Detector::load(file);
  expect_same_bits(same.score(table), scores);
  EXPECT_EQ(alarms.shape(), Shape{100});
  EXPECT_EQ(why.substr(0, 6), "score ");
}

// Rows between clusters are near the mean row of all.
TEST(Detector, FindsRowsBetweenClusters) {
  Generator generator(8);
  const Tensor centres = normal({5, 32}, 0.0, 1.5, generator);
  const auto around = [&](std::int64_t n, double to_next) {
    const Tensor which = randint({n}, 0, 5, generator), own = take(centres, which),
                 other = take(concat({slice(centres, 0, {1, 5}), slice(centres, 0, {0, 1})}), which);
    return own + to_next * (other - own) + normal({n, 32}, 0.0, 0.5, generator);
  };
  std::vector<std::string> names;
  for (int i = 0; i < 32; ++i) names.push_back(std::string("c").append(std::to_string(i)));
  Detector detector({.steps = 1500});
  detector.fit(data::Table::from_tensor(around(500, 0.0), names));
  const data::Table test = data::Table::from_tensor(concat({around(200, 0.0), around(50, 0.35)}), names);
  const Tensor labels = concat({zeros({200}, int64), ones({50}, int64)});
  const Evaluation e = evaluate(detector, test, labels);
  EXPECT_GT(e.auc, 0.95) << e.str();
  EXPECT_LT(e.auc_mean_row, 0.6) << e.str();
}

TEST(Detector, TakesAnyKindAndPreparation) {
  const data::Table train = made_table(300, 1, false).drop({"label"}), test = made_table(300, 2, true);
  data::Preprocessor prepare(data::steps_for(train));
  auto model = std::make_unique<ae::VariationalAutoencoder>(ae::VariationalOptions{
      .features = 5, .hidden = {16}, .latent = 2, .likelihood = ae::Likelihood::gaussian, .variance = 0.05});
  DetectorOptions options{
      .score = {.scores = {Score::elbo, Score::likelihood, Score::mahalanobis, Score::code}, .samples = 10},
      .steps = 600};
  options.score.combination = Combination::ranks;
  Detector detector(std::move(model), std::move(prepare), options);
  detector.fit(train);
  EXPECT_GT(evaluate(detector, test, labels_of(test)).auc, 0.8);
  const Folder folder("hourglass_detector_kind");
  detector.save(folder / "detector.h5");
  expect_same_bits(detector.score(test), Detector::load(folder / "detector.h5").score(test));
}

TEST(Detector, KnowsWhatItsScoresDependOn) {
  const Detector detector = fitted();
  const data::Table test = made_table(200, 4, false);
  const auto columns = detector.sensitivity(test);
  ASSERT_EQ(columns.size(), 4u);
  double weights = 0.0;
  for (const auto& c : columns) {
    EXPECT_GT(c.permuted, 0.1) << c.column;
    EXPECT_EQ(c.noise > 0.0, c.column != "kind") << c.column;
    EXPECT_LT(c.noise, c.permuted) << c.column;
    weights += c.weights;
  }
  EXPECT_NEAR(weights, 1.0, 1e-9);
}

TEST(Detector, SaysWhetherThereIsAnythingToLearn) {
  Detector detector(quick());
  Generator generator(9);
  detector.fit(data::Table::from_tensor(uniform({200, 5}, 0.0, 1.0, generator), {"a", "b", "c", "d", "e"}));
  EXPECT_FALSE(structure(detector).is_there()) << structure(detector).explained;
  EXPECT_NE(structure(detector).str().find("no structure to learn"), std::string::npos);
  const Structure found = structure(fitted());
  EXPECT_GT(found.explained, 0.9);
  EXPECT_TRUE(found.column == "a" || found.column == "b") << found.column;
}

TEST(Detector, SaysWhatIsWrong) {
  const Detector empty;
  const data::Table test = made_table(20, 1, false);
  EXPECT_THROW_TEXT(static_cast<void>(empty.score(test)), DataError, "call fit(table) or load a file");
  EXPECT_THROW_TEXT(empty.save("/tmp/none.h5"), DataError, "save() needs a fitted detector");
  EXPECT_THROW_TEXT(Detector({.steps = -1}), DataError, "steps and width must be at least 0");
  EXPECT_THROW_TEXT(Detector({.noise = -1.0}), DataError, "noise must be at least 0");
  Detector detector(quick());
  EXPECT_THROW_TEXT(detector.fit(test.head(1)), DataError, "at least two are needed");
  EXPECT_FALSE(detector.is_fitted());
  const Detector good = fitted();
  EXPECT_THROW_TEXT(static_cast<void>(good.score(test.drop({"b"}))), DataError, "no column \"b\"");
  EXPECT_EQ(good.score(test.head(0)).size(), 0);
}

}  // namespace
}  // namespace hourglass::anomaly
