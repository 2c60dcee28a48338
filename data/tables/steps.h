#pragma once

#include <hourglass/data/tables/table.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace hourglass::data {

/// What a Preprocessor does to a column, in this order.

enum class Logarithm : std::uint8_t { none, log, log1p };  // v = x, log x, log(1 + x)
enum class Scaling : std::uint8_t {
  none,
  min_max,   // (v - min) / (max - min) · (high - low) + low
  standard,  // (v - mean) / std, the population's
  robust,    // (v - median) / (75% - 25%), quantiles linear between neighbours
};
enum class Encoding : std::uint8_t {
  one_hot,  // a tensor column for each category, 1 in that of the entry, else 0
  ordinal,  // the category's place, 0, 1, …, scaled like a number
  index,    // the category's place as it is, for nn::Embedding
};
/// What happens to a missing entry; means, medians and modes are those of the scaled training rows.
enum class Missing : std::uint8_t {
  error,
  keep,      // stays nan in the tensor, for losses that leave holes out
  drop_row,  // the tensor does not have the row
  mean,      // of numbers
  median,
  mode,      // the most frequent, of several the least
  nearest,   // the mean of the nearest training rows that have an entry, of categories the mode
  function,  // what Preprocessor::set_imputer was given makes of it
};
/// What happens to a category that no training row had.
enum class Unseen : std::uint8_t { error, missing };

constexpr std::array<const char*, 3> enum_names(Logarithm) { return {"none", "log", "log1p"}; }
constexpr std::array<const char*, 4> enum_names(Scaling) { return {"none", "min_max", "standard", "robust"}; }
constexpr std::array<const char*, 3> enum_names(Encoding) { return {"one_hot", "ordinal", "index"}; }
constexpr std::array<const char*, 8> enum_names(Missing) {
  return {"error", "keep", "drop_row", "mean", "median", "mode", "nearest", "function"};
}
constexpr std::array<const char*, 2> enum_names(Unseen) { return {"error", "missing"}; }
constexpr std::array<const char*, 4> enum_names(ColumnType) {
  return {"number", "date", "category", "ordinal"};
}

/// The steps of one column. Numbers and dates have a logarithm and a scaling, categories an encoding (and an
/// ordinal one a scaling).
struct ColumnSteps {
  std::string column{};
  Logarithm logarithm = Logarithm::none;
  Scaling scaling = Scaling::standard;
  double low = 0.0, high = 1.0;  // of min_max
  Encoding encoding = Encoding::one_hot;
  Missing missing = Missing::error;
  Unseen unseen = Unseen::error;
};
template <class V>
void visit(ColumnSteps& o, V&& v) {
  v("column", o.column), v("logarithm", o.logarithm), v("scaling", o.scaling), v("low", o.low);
  v("high", o.high), v("encoding", o.encoding), v("missing", o.missing), v("unseen", o.unseen);
}

struct PreprocessorOptions {
  std::vector<ColumnSteps> columns{};  // in the order of the tensor; columns not named here are left out
  std::int64_t neighbours = 5;         // of Missing::nearest
};
template <class V>
void visit(PreprocessorOptions& o, V&& v) {
  v("columns", o.columns), v("neighbours", o.neighbours);
}

struct StepsForOptions {
  ColumnSteps numbers{};      // of every number and date
  ColumnSteps categories{};   // of every column with categories
  double most_missing = 1.0;  // columns with a larger share of missing entries are left out
};
/// The same steps for all columns of a table, by their kind.
[[nodiscard]] PreprocessorOptions steps_for(const Table& table, const StepsForOptions& options = {});

}  // namespace hourglass::data
