// From a CSV file to an alarm: which rows do not belong, and why.
//
//     21_anomaly rows.csv --label anomaly --out out/rows     normal: label 0, "no", …, or the most frequent
//     21_anomaly rows.csv --train-on all --score new.csv     without labels
//     21_anomaly                                             a table of its own, with planted anomalies
//
// Leaves detector.h5 (another program scores with it), scores.csv, pictures, and metrics.json. If the file
// does not give back the same scores, the status is 1.

#include "command_line.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

namespace hg = hourglass;
namespace data = hourglass::data;
namespace an = hourglass::anomaly;

namespace {

struct Choices {
  std::string file, label, normal, train_on = "first-half-of-normals", score, out = "out/21_anomaly";
  data::Scaling scaling = data::Scaling::standard;
  std::uint64_t seed = 0;
  std::int64_t components = 0;
  int threads = 0;
};

// Whether the program is to go on; if not, its status stands in `status`.
bool parse(int argc, char** argv, Choices& c, int& status) {
  CLI::App app{"Finds the rows of a table that do not belong, and says why."};
  app.add_option("FILE", c.file, "a CSV file with a header (default: a table of its own)")
      ->check(CLI::ExistingFile);
  CLI::Option* const label = app.add_option(
      "--label", c.label, "the column that says which rows are anomalies; nothing learns from it");
  app.add_option("--normal", c.normal,
                 "its entry in normal rows (default: 0, no, normal, …, or the most frequent)")
      ->needs(label);
  app.add_option("--train-on", c.train_on, "first-half-of-normals, normals, all, or a share of all rows")
      ->capture_default_str();
  app.add_option("--score", c.score, "another CSV file to score")->check(CLI::ExistingFile);
  const std::map<std::string, data::Scaling> scalings{{"standard", data::Scaling::standard},
                                                      {"robust", data::Scaling::robust},
                                                      {"min_max", data::Scaling::min_max},
                                                      {"none", data::Scaling::none}};
  app.add_option("--scaling", c.scaling, "of numbers (default: standard)")
      ->transform(CLI::CheckedTransformer(scalings));
  app.add_option("--components", c.components, "of PCA beside it (default: half the columns)")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", c.seed, "of the training")->capture_default_str()->check(CLI::Range(0.0, 9e15));
  app.add_option("--threads", c.threads, "threads that compute (default: all processors)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--out", c.out, "folder for pictures, detector and figures")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    status = app.exit(error) == 0 ? 0 : 2;
    return false;
  }
  if (c.threads > 0) hg::set_num_threads(c.threads);
  return true;
}

// Orders of a shop: the total follows from items and price, the freight from the region, some ages are not
// known. Planted, one kind each: a total that does not fit, a region's freight from another, a price far off.
data::Table own_table(std::uint64_t seed) {
  constexpr std::int64_t kRows = 2000;
  hg::Generator generator(seed, 21);
  const hg::Tensor u = hg::uniform({kRows, 6}, 0.0, 1.0, generator, hg::float64);
  const char* const regions[] = {"north", "south", "west"};
  std::vector<double> items, price, total, freight, age, anomaly;
  std::vector<std::string> region;
  for (std::int64_t i = 0; i < kRows; ++i) {
    const double* const r = u.data<double>() + 6 * i;
    const auto where = static_cast<std::size_t>(3.0 * r[0]);
    const bool planted = i % 25 == 7;
    const std::int64_t kind = i / 25 % 3;
    items.push_back(1.0 + std::floor(9.0 * r[1]));
    price.push_back(5.0 + 20.0 * r[2] + (planted && kind == 2 ? 60.0 : 0.0));
    total.push_back(items.back() * price.back() * (0.98 + 0.04 * r[3]));
    if (planted && kind == 0) total.back() = total.back() > 75.0 ? 0.3 * total.back() : 150.0 + total.back();
    region.emplace_back(regions[where]);
    freight.push_back(3.0 + 4.0 * static_cast<double>(where) + 0.5 * items.back() + r[4]);
    if (planted && kind == 1) freight.back() += where == 2 ? -7.0 : 5.0;
    age.push_back(r[5] < 0.1 ? std::numeric_limits<double>::quiet_NaN() : 18.0 + 60.0 * r[5]);
    anomaly.push_back(planted ? 1.0 : 0.0);
  }
  using data::Column;
  return data::Table({Column::category("region", region), Column::number("items", items),
                      Column::number("price", price), Column::number("total", total),
                      Column::number("freight", freight), Column::number("age", age),
                      Column::number("anomaly", anomaly)});
}

// The entry of normal rows: what --normal says, else one that is known to mean it, else the most frequent.
std::string normal_of(const std::map<std::string, std::int64_t>& counts, const Choices& c) {
  if (!c.normal.empty()) {
    if (counts.contains(c.normal)) return c.normal;
    throw hg::DataError("--normal: no row has {} \"{}\"; is it written otherwise?", c.label, c.normal);
  }
  for (const char* const known : {"0", "no", "No", "NO", "false", "False", "FALSE", "normal", "Normal",
                                  "NORMAL", "ok", "OK", "n", "N", "inlier", "benign", "negative"}) {
    if (counts.contains(known)) return known;
  }
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (counts.size() > 20)
    throw hg::DataError(
        "--label: column \"{}\" has {} different entries; --normal says which means a normal row", c.label,
        counts.size());
  return most->first;
}

// 1 for each row whose label is not the normal one.    (N,) int64
hg::Tensor labels_of(const data::Table& table, const Choices& c) {
  const data::Column& of = table[c.label];
  std::map<std::string, std::int64_t> counts;
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    if (of.is_missing(i))
      throw hg::DataError("--label: {}, column \"{}\" has no entry; every row needs one", table.place_of(i),
                          c.label);
    ++counts[of.text(i)];
  }
  if (counts.size() < 2)
    throw hg::DataError(
        "--label: all rows have the same {}; without --label all rows are learnt from and scored", c.label);
  const std::string normal = normal_of(counts, c);
  fmt::print("Normal are the {} rows with {} {}; the labels are for figures alone\n", counts[normal], c.label,
             normal);
  hg::Tensor out(hg::Shape{table.rows()}, hg::int64);
  for (std::int64_t i = 0; i < table.rows(); ++i)
    out.mutable_data<std::int64_t>()[i] = of.text(i) == normal ? 0 : 1;
  return out;
}

struct Rows {
  std::vector<std::int64_t> train, test;
};

// Which rows to learn from and which to score.
Rows choose(const Choices& c, const hg::Tensor& labels, std::int64_t n) {
  double share = 0.0;
  const char* const end = c.train_on.data() + c.train_on.size();
  const bool is_share =
      std::from_chars(c.train_on.data(), end, share).ptr == end && share > 0.0 && share < 1.0;
  const bool by_label = c.train_on == "normals" || c.train_on == "first-half-of-normals";
  if (!by_label && !is_share && c.train_on != "all")
    throw hg::DataError(
        "--train-on: must be first-half-of-normals, normals, all or a share between 0 and 1, got \"{}\"",
        c.train_on);
  Rows rows;
  std::int64_t normals = 0, seen = 0;
  for (std::int64_t i = 0; i < labels.size(); ++i) normals += labels.data<std::int64_t>()[i] == 0 ? 1 : 0;
  hg::Generator generator(c.seed, 22);
  const hg::Tensor u = hg::uniform({n}, 0.0, 1.0, generator, hg::float64);
  for (std::int64_t i = 0; i < n; ++i) {
    const bool normal = labels.size() == 0 || labels.data<std::int64_t>()[i] == 0;
    bool in_train = true;
    if (is_share) in_train = u.data<double>()[i] < share;
    if (by_label) in_train = normal;
    if (c.train_on == "first-half-of-normals") in_train = normal && seen++ < (normals + 1) / 2;
    if (in_train) rows.train.push_back(i);
    // Where all rows or all normals are learnt from, all are scored.
    if (!in_train || c.train_on == "all" || c.train_on == "normals") rows.test.push_back(i);
  }
  if (rows.train.empty() || rows.test.empty())
    throw hg::DataError(
        "--train-on {}: leaves {} rows to learn from and {} to score, of {}; take another share", c.train_on,
        rows.train.size(), rows.test.size(), n);
  return rows;
}

hg::Tensor indices(const std::vector<std::int64_t>& rows) {
  hg::Tensor out(hg::Shape{std::ssize(rows)}, hg::int64);
  std::copy(rows.begin(), rows.end(), out.mutable_data<std::int64_t>());
  return out;
}

// The scores of rows, beside their numbers, counted from 0.
data::Table scores_of(const an::Detector& detector, const data::Table& table, const hg::Tensor& numbers) {
  using data::Column;
  const hg::Tensor scores = detector.score(table);
  return data::Table({Column::number("row", numbers.to(hg::float64)), Column::number("score", scores),
                      Column::number("p_value", detector.p_value(scores)),
                      Column::number("alarm", hg::greater(scores, detector.threshold()).to(hg::float64))});
}

// Categories that were not there in training count as missing; the first of each column is told.
void note_unseen(const an::Detector& detector, const data::Table& table) {
  for (const data::Place& p : detector.preprocessor().places()) {
    if (p.categories.empty()) continue;
    const data::Column& column = table[p.column];
    for (std::int64_t i = 0; i < table.rows(); ++i) {
      if (column.is_missing(i) || std::count(p.categories.begin(), p.categories.end(), column.text(i)) > 0)
        continue;
      fmt::print(
          "Note: {}, column \"{}\": \"{}\" is in none of the rows to learn from; it counts as missing\n",
          table.place_of(i), p.column, column.text(i));
      break;
    }
  }
}

void print_worst(const an::Detector& detector, const data::Table& table, const hg::Tensor& scores) {
  const hg::Tensor order = hg::argsort(scores, -1, {.descending = true});
  fmt::print("\nThe five worst rows\n");
  for (std::int64_t i = 0; i < std::min<std::int64_t>(5, order.size()); ++i) {
    const std::int64_t row = order.data<std::int64_t>()[i];
    fmt::print("  {}: {}\n", table.place_of(row), detector.explain(table, row).str());
  }
  fmt::print("\nWhat the scores depend on (permuted, noise, weights)\n");
  for (const auto& s : detector.sensitivity(table))
    fmt::print("  {:<20} {:8.4f} {:8.4f} {:8.4f}\n", s.column, s.permuted, s.noise, s.weights);
}

hg::training::Report report(const Choices& c, const an::Detector& detector, const data::Table& test,
                            const hg::Tensor& labels, double seconds) {
  hg::training::Report report;
  if (labels.size() > 0) {
    const an::Evaluation e = an::evaluate(detector, test, labels, {.components = c.components});
    fmt::print("\n{}\n", e.str());
    e.add_to(report);
  } else {
    report.add("threshold", detector.threshold());
  }
  const an::Structure structure = an::structure(detector);
  fmt::print("{}\n", structure.str());
  report.add("structure", structure.explained);
  report.add("rows", test.rows());
  report.add("seed", c.seed);
  report.add("seconds", seconds, "to prepare, train and take the training rows' scores");
  return report;
}

// What is learnt from and what is scored.
struct Parts {
  data::Table train, test;
  hg::Tensor numbers, labels;  // of the rows to score
};

Parts parts_of(Choices& c) {
  if (c.file.empty()) c.label = "anomaly";
  const data::Table table = c.file.empty() ? own_table(c.seed) : program::read_table(c.file);
  if (c.label.empty() && c.train_on == "first-half-of-normals") c.train_on = "all";
  if (c.label.empty() && c.train_on == "normals")
    throw hg::DataError("--train-on normals: needs --label COLUMN; all learns from all rows");
  const hg::Tensor labels = c.label.empty() ? hg::Tensor(hg::Shape{0}, hg::int64) : labels_of(table, c);
  const Rows rows = choose(c, labels, table.rows());
  const data::Table features = c.label.empty() ? table : table.drop({c.label});
  const hg::Tensor test = indices(rows.test);
  Parts out{features.take(indices(rows.train)), features.take(test), test,
            labels.size() > 0 ? hg::take(labels, test) : labels};
  fmt::print("{} rows to learn from, {} to score; {} columns\n", out.train.rows(), out.test.rows(),
             out.train.columns().size());
  if (labels.size() > 0 && (hg::max(out.labels).item() == 0.0 || hg::min(out.labels).item() == 1.0)) {
    fmt::print("Those to score are all {}, so there are no figures\n",
               hg::max(out.labels).item() == 0.0 ? "normal" : "anomalies");
    out.labels = hg::Tensor(hg::Shape{0}, hg::int64);
  }
  return out;
}

int body(int argc, char** argv) {
  Choices c;
  int status = 0;
  if (!parse(argc, argv, c, status)) return status;
  const Parts rows = parts_of(c);
  const auto start = std::chrono::steady_clock::now();
  an::Detector detector({.seed = c.seed, .scaling = c.scaling});
  detector.fit(rows.train);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  for (const std::string& note : detector.notes()) fmt::print("Note: {}\n", note);
  note_unseen(detector, rows.test);

  // All that can fail for what is in the files comes before anything is written.
  const data::Table found = scores_of(detector, rows.test, rows.numbers);
  const hg::Tensor scores = found["score"].values();
  data::Table found_in_other;
  if (!c.score.empty()) {
    const data::Table other = program::read_table(c.score);
    note_unseen(detector, other);
    found_in_other =
        scores_of(detector, other, hg::arange(0.0, static_cast<double>(other.rows()), 1.0, hg::int64));
  }
  const hg::training::Report figures = report(c, detector, rows.test, rows.labels, taken.count());
  print_worst(detector, rows.test, scores);

  program::make_folder(c.out);
  an::draw_scores(c.out, "scores_histogram", scores, rows.labels, detector.threshold());
  an::draw_columns(c.out, "columns", detector, rows.test);
  if (rows.labels.size() > 0) {
    an::draw_roc(c.out, "roc", scores, rows.labels);
    an::draw_precision_recall(c.out, "precision_recall", scores, rows.labels);
  }
  data::write_csv(c.out + "/scores.csv", found);
  if (!c.score.empty()) data::write_csv(c.out + "/scores_of_other.csv", found_in_other);
  detector.save(c.out + "/detector.h5");
  figures.save(c.out + "/metrics.json");
  const an::Detector again = an::Detector::load(c.out + "/detector.h5");
  const bool same_bits =
      hg::sum(hg::equal(again.score(rows.test), scores)).item() == static_cast<double>(scores.size());
  fmt::print("\nIn {}: pictures, detector.h5, scores.csv, and these figures as metrics.json\n", c.out);
  if (!same_bits) fmt::print(stderr, "The detector's file does not give back the same scores.\n");
  return same_bits ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
