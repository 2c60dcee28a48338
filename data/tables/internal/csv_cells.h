#pragma once

#include <hourglass/data/tables/internal/csv_records.h>

#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace hourglass::data::csv {

/// Codes of texts in the order in which they came.
class Words {
 public:
  std::int64_t code(std::string_view text);
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> codes_;
  std::vector<std::string> texts_;
};

/// What a column's entries are read as.
struct Plan {
  ColumnType type = ColumnType::number;
  bool given = false;  // else it changes where entries do not fit
  bool seen = false;   // whether an entry has fitted
  std::unordered_map<std::string_view, std::int64_t> categories{};  // that were given
};

/// An entry that is not what its column's plan says.
struct Misfit {
  std::size_t column = 0;
  std::int64_t line = 0;
  std::string text{};
  bool others = false;  // whether one before it is
};

/// The entries of a piece, row by row: numbers, or codes; nan where missing.
struct Cells {
  std::vector<double> values{};
  std::vector<std::int64_t> lines{};            // of the rows
  std::vector<std::unique_ptr<Words>> words{};  // of columns whose categories are found
  std::vector<Misfit> misfits{};                // the first of each column
  std::vector<bool> seen{};                     // columns with an entry that fitted
  std::exception_ptr error{};
};

/// A number in any decimal form, the whole text of it; none for anything else, nan or beyond float64.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// The entries of at most `most` records. Throws DataError.
[[nodiscard]] Cells read_cells(Fields fields, std::int64_t bytes, const std::vector<Plan>& plans,
                               const CsvOptions& options, const Origin& origin,
                               std::int64_t most = std::numeric_limits<std::int64_t>::max());

}  // namespace hourglass::data::csv
