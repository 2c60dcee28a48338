#pragma once

#include <hourglass/data/tables/steps.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::data {

namespace internal {
/// What training rows say about a column.
struct ColumnFit;
}  // namespace internal

/// Where a table's column stands in the tensor: columns [begin, end).
struct Place {
  std::string column;
  std::int64_t begin = 0, end = 0;
  bool one_hot = false;                   // a column for each category
  std::vector<std::string> categories{};  // none for numbers and dates
  bool index = false;                     // the category's place as it is (Encoding::index)
};

/// Turns the rows of a table into rows of a tensor, column by column, and back.
///
///     data::Preprocessor prepare(data::steps_for(train, {.numbers = {.scaling = data::Scaling::robust}}));
///     prepare.fit(train);
///     const Tensor x = prepare.transform(test);     // (N, width)
///     const Table again = prepare.inverse(x);
///
/// Everything it knows comes from the rows that fit() saw. A table is addressed by its columns' names, in any
/// order; categories by their texts. What is wrong with an entry is said with its line and column.
class Preprocessor {
 public:
  /// Throws DataError for a column named twice or none, a range that is not low < high, neighbours < 1.
  explicit Preprocessor(PreprocessorOptions options);
  ~Preprocessor();
  Preprocessor(const Preprocessor&);
  Preprocessor& operator=(const Preprocessor&);
  Preprocessor(Preprocessor&&) noexcept;
  Preprocessor& operator=(Preprocessor&&) noexcept;

  /// Learns from these rows alone. The categories of a category column are those that occur, of an ordinal
  /// one all. Throws DataError, and stays as it was, for a column that is not there or has no entry, an
  /// infinite number, a logarithm of what has none, a mean or median of categories without an order.
  void fit(const Table& train);
  [[nodiscard]] bool is_fitted() const { return !fits_.empty(); }

  /// The rows as a tensor.    -> (N, width), or fewer rows where Missing::drop_row leaves some out
  /// Throws DataError for a column that is missing or of another kind, a missing entry that is to be an
  /// error, a category that was not seen, a logarithm of what has none; before fit() too.
  [[nodiscard]] Tensor transform(const Table& table, DType dtype = float32) const;
  /// The rows of the table that transform() keeps.    -> (K,) int64
  [[nodiscard]] Tensor kept_rows(const Table& table) const;
  /// The columns that a tensor (N, width) came from, or that it is a reconstruction of: the exact inverse for
  /// numbers (within 1e-9 of their size for float64), the largest of a one-hot group, the nearest place of an
  /// ordinal. nan is a missing entry. Throws ShapeError.
  [[nodiscard]] Table inverse(const Tensor& x) const;

  /// Columns of the tensor, and where each of the table's stands.
  [[nodiscard]] std::int64_t width() const;
  [[nodiscard]] std::vector<Place> places() const;
  /// What a reader should know about the training rows: columns that hold one value alone.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  [[nodiscard]] const PreprocessorOptions& options() const { return options_; }

  /// Fills the holes of columns with Missing::function: is given rows (N, width) of float64 with nan for each
  /// hole and returns such rows without; what is no hole stays as it was. Not part of the state.
  using Imputer = std::function<Tensor(const Tensor&)>;
  void set_imputer(Imputer imputer) { imputer_ = std::move(imputer); }

  /// All of it as text, numbers bit for bit. from_json throws DataError for a text that no Preprocessor can
  /// have given: unknown or missing fields, other types, values out of range.
  [[nodiscard]] std::string to_json() const;
  [[nodiscard]] static Preprocessor from_json(std::string_view text);
  /// The same for a model file: "description", uint8, and "reference", the training rows that
  /// Missing::nearest looks at. set_state throws DataError and leaves all as it was.
  [[nodiscard]] std::vector<NamedTensor> state() const;
  void set_state(std::span<const NamedTensor> state);

 private:
  [[nodiscard]] Tensor encoded(const Table& table, const Tensor& rows) const;
  void fill(Tensor& x) const;
  void expect_fitted(const char* what) const;
  [[nodiscard]] std::string description(bool with_reference) const;
  [[nodiscard]] static Preprocessor described(std::string_view text);
  [[nodiscard]] bool needs_reference() const;

  PreprocessorOptions options_;
  std::vector<internal::ColumnFit> fits_;
  Tensor reference_;  // (n, width) float64, the scaled training rows, if Missing::nearest needs them
  std::vector<std::string> notes_;
  Imputer imputer_;
};

}  // namespace hourglass::data
