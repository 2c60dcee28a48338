// The tables of ADBench that the literature reports, where $HOURGLASS_DATA_DIR/anomaly has them (Livernoche
// et al. 2024: the first half of the normal rows is learnt from, the rest and all anomalies are scored).

#include <hourglass/anomaly/detector.h>
#include <hourglass/anomaly/evaluate.h>
#include <hourglass/data/tables/csv.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace hourglass::anomaly {
namespace {

struct Published {
  data::Table train, test;
  Tensor labels;
};

std::string file_of(const std::string& name) {
  const char* const folder = std::getenv("HOURGLASS_DATA_DIR");
  const std::string path = std::string(folder ? folder : "") + "/anomaly/" + name + ".csv";
  return std::filesystem::exists(path) ? path : "";
}

Tensor indices(const std::vector<std::int64_t>& rows) {
  Tensor out(Shape{std::ssize(rows)}, int64);
  std::copy(rows.begin(), rows.end(), out.mutable_data<std::int64_t>());
  return out;
}

Published published(const std::string& path) {
  const data::Table table = data::read_csv(path);
  const Tensor label = table["anomaly"].values();
  std::int64_t normals = 0, seen = 0;
  for (std::int64_t i = 0; i < table.rows(); ++i) normals += label.data<double>()[i] == 0.0 ? 1 : 0;
  std::vector<std::int64_t> train, test;
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    const bool learnt = label.data<double>()[i] == 0.0 && seen++ < (normals + 1) / 2;
    (learnt ? train : test).push_back(i);
  }
  const data::Table scored = table.take(indices(test));
  return {table.take(indices(train)).drop({"anomaly"}), scored.drop({"anomaly"}),
          scored["anomaly"].values().to(int64)};
}

TEST(Published, TheUsualDetectorOnThreeTables) {
  const struct {
    const char* name;
    double mean_row, auc;
  } kTables[] = {{"cardio", 0.9655, 0.91}, {"thyroid", 0.9855, 0.97}, {"breastw", 0.9939, 0.985}};
  for (const auto& t : kTables) {
    if (file_of(t.name).empty()) GTEST_SKIP() << "there is no " << t.name << ".csv";
    const Published rows = published(file_of(t.name));
    Detector detector;
    detector.fit(rows.train);
    const Evaluation e = evaluate(detector, rows.test, rows.labels);
    EXPECT_NEAR(e.auc_mean_row, t.mean_row, 1e-4) << t.name;
    EXPECT_GE(e.auc, t.auc) << t.name << '\n' << e.str();
  }
}

TEST(Published, AnEntryFarOffIsToBlame) {
  if (file_of("cardio").empty()) GTEST_SKIP() << "there is no cardio.csv";
  const Published rows = published(file_of("cardio"));
  Detector detector;
  detector.fit(rows.train);
  Generator generator(6);
  const Tensor picked = permutation(rows.test.rows(), generator);
  std::vector<std::string> names = rows.test.names();
  // A constant column has no standard deviation.
  std::erase_if(names, [&](const auto& n) { return hourglass::std(rows.train[n].values()).item() < 1e-9; });
  int right = 0;
  constexpr std::int64_t kRows = 200;
  for (std::int64_t i = 0; i < kRows; ++i) {
    const data::Table row = rows.test.take(slice(picked, 0, {i, i + 1}));
    const std::string& name = names[static_cast<std::size_t>(i) % names.size()];
    const Tensor usual = rows.train[name].values();
    const double off = mean(usual).item() + (i % 2 == 0 ? 6.0 : -6.0) * hourglass::std(usual).item();
    const data::Table changed = row.with(data::Column::number(name, std::vector<double>{off}));
    right += detector.explain(changed, 0).shares.front().column == name ? 1 : 0;
  }
  EXPECT_GE(right, 190) << "of " << kRows;
  RecordProperty("right", right);  // written by --gtest_output
}

}  // namespace
}  // namespace hourglass::anomaly
