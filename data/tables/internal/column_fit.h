#pragma once

#include <hourglass/data/tables/preprocessor.h>

#include <limits>
#include <string>
#include <vector>

namespace hourglass::data::internal {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// What training rows say about a column:  y = (log(x) - center) / scale + offset,  or its categories.
struct ColumnFit {
  ColumnType type = ColumnType::number;
  std::vector<std::string> categories{};
  double center = kNone, scale = kNone, offset = kNone;  // a file that lacks them is refused
  std::vector<double> fill{};  // what stands for a missing entry in each of its tensor columns; empty: none

  [[nodiscard]] bool has_categories() const {
    return type == ColumnType::category || type == ColumnType::ordinal;
  }
  [[nodiscard]] bool is_one_hot(const ColumnSteps& steps) const {
    return has_categories() && steps.encoding == Encoding::one_hot;
  }
  [[nodiscard]] bool is_index(const ColumnSteps& steps) const {
    return has_categories() && steps.encoding == Encoding::index;
  }
  [[nodiscard]] std::int64_t width(const ColumnSteps& steps) const {
    return is_one_hot(steps) ? std::ssize(categories) : 1;
  }
};
template <class V>
void visit(ColumnFit& o, V&& v) {
  v("type", o.type), v("categories", o.categories), v("center", o.center), v("scale", o.scale);
  v("offset", o.offset), v("fill", o.fill);
}

/// Learns from a column of the training rows; adds to notes. Throws DataError.
[[nodiscard]] ColumnFit fit_column(const Table& train, const ColumnSteps& steps,
                                   std::vector<std::string>& notes);

/// The entries of some rows before they are scaled: numbers after the logarithm, or places among the
/// categories; nan where missing. Throws DataError.
[[nodiscard]] std::vector<double> raw_entries(const Table& table, const Tensor& rows,
                                              const ColumnSteps& steps, const ColumnFit& fit);

/// Rows with holes (nan) in some columns, filled from the nearest of the reference rows (n, W): those with an
/// entry there at the least distance
///     d² = W / (columns that both have) · Σ (x - r)²   over these columns,
/// where an index counts 1 if it differs; rows without a common column come last, and where all are such the
/// column's mean or mode is taken. A number becomes the neighbours' mean, a category the most frequent.
/// Troyanskaya et al. 2001; of numbers scikit-learn's KNNImputer makes the same.
void fill_from_nearest(Tensor& x, const Tensor& reference, const std::vector<Place>& places,
                       const PreprocessorOptions& options, const std::vector<ColumnFit>& fits);

}  // namespace hourglass::data::internal
