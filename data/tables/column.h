#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::data {

enum class ColumnType : std::uint8_t {
  number,
  date,      // seconds since 1970-01-01, UTC
  category,  // one of some texts, without an order
  ordinal,   // one of some texts, with an order that is given
};
/// "number", "date", "category" or "ordinal".
[[nodiscard]] std::string_view name(ColumnType type);

/// A named column of a table: numbers, or codes of categories, any of which may be missing. A cheap handle,
/// as a Tensor is; nothing in it changes.
class Column {
 public:
  /// Numbers (N,) of any type; nan is a missing one. Throws ShapeError for another rank.
  [[nodiscard]] static Column number(std::string name, const Tensor& values);
  [[nodiscard]] static Column number(std::string name, const std::vector<double>& values);
  /// Seconds since 1970-01-01, UTC; nan is a missing one.
  [[nodiscard]] static Column date(std::string name, const Tensor& seconds);
  /// Texts; "" is a missing one. The categories are the texts that occur, in the order of their bytes.
  [[nodiscard]] static Column category(std::string name, const std::vector<std::string>& values);
  /// Texts that are among `categories`, which are in order. Throws DataError for one that is not.
  [[nodiscard]] static Column ordinal(std::string name, const std::vector<std::string>& values,
                                      std::vector<std::string> categories);
  /// Codes (N,) int64: the place of each entry's category, -1 for a missing one. Throws DataError for a code
  /// out of range, a category that is empty or there twice, or a type that has no categories.
  [[nodiscard]] static Column coded(std::string name, ColumnType type, const Tensor& codes,
                                    std::vector<std::string> categories);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] ColumnType type() const { return type_; }
  [[nodiscard]] bool has_categories() const {
    return type_ == ColumnType::category || type_ == ColumnType::ordinal;
  }
  [[nodiscard]] std::int64_t size() const { return values_.size(); }
  /// (N,) float64, nan where missing; of categories the codes, int64, -1 where missing.
  [[nodiscard]] const Tensor& values() const { return values_; }
  [[nodiscard]] const std::vector<std::string>& categories() const { return *categories_; }

  [[nodiscard]] bool is_missing(std::int64_t row) const;
  [[nodiscard]] std::int64_t missing_count() const;
  /// An entry as a CSV file has it: the shortest digits that give the number back, 2024-05-01 or
  /// 2024-05-01T12:30:00, the category; "" where it is missing. Throws IndexError.
  [[nodiscard]] std::string text(std::int64_t row) const;

  [[nodiscard]] Column renamed(std::string name) const;
  /// The rows of int64 indices, in their order. Throws as hourglass::take.
  [[nodiscard]] Column take(const Tensor& rows) const;

 private:
  Column(std::string name, ColumnType type, Tensor values, std::vector<std::string> categories);

  std::string name_;
  ColumnType type_;
  Tensor values_;
  std::shared_ptr<const std::vector<std::string>> categories_;
};

}  // namespace hourglass::data
