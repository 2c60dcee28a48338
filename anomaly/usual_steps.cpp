#include <hourglass/anomaly/internal/train.h>
#include <hourglass/tensor/base/error.h>

#include <fmt/format.h>

#include <cmath>
#include <set>

namespace hourglass::anomaly::internal {

namespace {

constexpr std::int64_t kTells = 20;  // rows from which on it is no chance that all differ

// Whole numbers that rise from row to row, with few gaps: what a file's rows are counted by, and what rows
// that come later have never the like of.
bool numbers_the_rows(const data::Column& column) {
  if (column.type() != data::ColumnType::number || column.size() < kTells) return false;
  const Tensor& values = column.values();
  const double* const v = values.data<double>();
  const std::int64_t n = values.size();
  for (std::int64_t i = 0; i < n; ++i) {
    if (!(v[i] == std::floor(v[i])) || (i > 0 && !(v[i] > v[i - 1]))) return false;
  }
  constexpr double kGaps = 10.0;  // where only every tenth row is learnt from
  return v[n - 1] - v[0] <= kGaps * static_cast<double>(n);
}

std::int64_t categories_in(const data::Column& column) {
  const Tensor& codes = column.values();
  std::set<std::int64_t> seen(codes.data<std::int64_t>(), codes.data<std::int64_t>() + codes.size());
  seen.erase(-1);
  return std::ssize(seen);
}

// Why a column says nothing; nothing if it does.
std::string why_not(const data::Column& column) {
  const std::int64_t entries = column.size() - column.missing_count();
  if (entries == 0) return "has no entry in the training rows";
  if (numbers_the_rows(column)) return "numbers the rows";
  const std::int64_t categories = column.has_categories() ? categories_in(column) : 0;
  if (categories >= kTells && 2 * categories > entries)
    return fmt::format("has {} categories in {} rows, as names do", categories, entries);
  return "";
}

}  // namespace

data::PreprocessorOptions usual_steps(const data::Table& table, const DetectorOptions& options,
                                      std::vector<std::string>& notes) {
  std::vector<std::string> kept;
  for (const data::Column& c : table.columns()) {
    const std::string why = why_not(c);
    if (why.empty()) {
      kept.push_back(c.name());
    } else {
      notes.push_back(fmt::format("column \"{}\" is left out: it {}", c.name(), why));
    }
  }
  if (kept.empty())
    throw DataError("Detector: no column is left to learn from ({}); are these the right columns?",
                    notes.empty() ? "the table has none" : notes.front());
  return data::steps_for(table.select(kept),
                         {.numbers = {.scaling = options.scaling, .missing = data::Missing::keep},
                          .categories = {.missing = data::Missing::keep, .unseen = data::Unseen::missing}});
}

}  // namespace hourglass::anomaly::internal
