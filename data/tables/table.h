#pragma once

#include <hourglass/data/split.h>
#include <hourglass/data/tables/column.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hourglass::data {

struct TableSplitOptions {
  double fraction = 0.2;  // of the rows, for the second part
  std::uint64_t seed = 0;
  std::string stratify{};  // a column with categories, or of whole numbers: each gets the same share of both
};

/// Named columns of equal length. A cheap handle: what is selected, dropped or cut off shares its columns.
///
///     const data::Table table = data::read_csv("customers.csv");
///     const auto [train, test] = table.split({.seed = 1});
class Table {
 public:
  Table() = default;
  /// Throws DataError for two columns of one name or a name that is empty, ShapeError if they differ in
  /// length.
  explicit Table(std::vector<Column> columns);
  /// The columns of a matrix (N, C) as numbers. Throws ShapeError unless there are C names.
  [[nodiscard]] static Table from_tensor(const Tensor& x, const std::vector<std::string>& names);

  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool has(const std::string& name) const;
  /// The column of this name; throws DataError with the names there are.
  [[nodiscard]] const Column& operator[](const std::string& name) const;

  /// Only these columns, in this order; all but these. Throws DataError for a name that is not there.
  [[nodiscard]] Table select(const std::vector<std::string>& names) const;
  [[nodiscard]] Table drop(const std::vector<std::string>& names) const;
  /// With a column more, or in the place of the one of its name.
  [[nodiscard]] Table with(Column column) const;
  /// The first n rows; those of int64 indices, in their order.
  [[nodiscard]] Table head(std::int64_t n = 5) const;
  [[nodiscard]] Table take(const Tensor& rows) const;
  /// Two parts in seeded random order. Throws as split_rows; DataError where the column to stratify by has
  /// missing or fractional entries.
  [[nodiscard]] std::pair<Table, Table> split(const TableSplitOptions& options = {}) const;

  /// Numbers, dates and codes as they stand, nan where missing.    -> (N, C)
  /// What a network is to see a Preprocessor makes.
  [[nodiscard]] Tensor to_tensor(DType dtype = float32) const;

  /// The first rows and the last, in columns.
  [[nodiscard]] std::string str() const;
  /// A line a column: type, entries, missing ones; of numbers mean, standard deviation, least, quartiles and
  /// largest; of categories how many and the most frequent. Columns that hold one value alone are said to,
  /// and the notes follow.
  [[nodiscard]] std::string describe() const;

  /// Where a row comes from, for errors: "line 17 of customers.csv", or "row 15".
  [[nodiscard]] std::string place_of(std::int64_t row) const;
  /// With the line (N,) int64 that each row stands in, in `file`. Throws ShapeError.
  [[nodiscard]] Table with_lines(std::string file, const Tensor& lines) const;
  /// What a reader should know: a column that is read as text because of one entry.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] Table with_notes(std::vector<std::string> notes) const;

 private:
  [[nodiscard]] std::size_t place(const std::string& name) const;

  std::vector<Column> columns_;
  std::int64_t rows_ = 0;
  std::string file_;
  Tensor lines_;  // (N,) int64, or (0,)
  std::vector<std::string> notes_;
};

}  // namespace hourglass::data
