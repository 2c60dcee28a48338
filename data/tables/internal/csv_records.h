#pragma once

#include <hourglass/data/tables/csv.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// The parts of the CSV reader: fields (this file), pieces between which a file is cut (csv_pieces.h), and
/// what a piece's entries become (csv_cells.h).
namespace hourglass::data::csv {

inline constexpr std::int64_t kMostColumns = 100000;
inline constexpr std::int64_t kLongestRecord = std::int64_t{64} << 20;

/// Where errors say that something is: the file, and the names of its columns once they are known.
struct Origin {
  std::string op, name;
  std::vector<std::string> columns{};

  /// "read_csv: a.csv, line 7, column 3 (\"age\")"
  [[nodiscard]] std::string at(std::int64_t line, std::int64_t column) const;
};

/// A text as an error shows it: its beginning, without control characters, in quotes.
[[nodiscard]] std::string shown(std::string_view text);

/// Takes a text of whole records apart, entry by entry.
class Fields {
 public:
  Fields(std::string_view text, const CsvOptions& options, const Origin& origin, std::int64_t line);

  /// Whether another record begins; passes over empty lines.
  bool begin_record();
  /// The next entry of the record. Throws DataError for what is not CSV.
  std::string_view next();
  /// Whether next() was the last of its record.
  [[nodiscard]] bool ended() const { return ended_; }
  /// Whether the text ended before a line's end did.
  [[nodiscard]] bool cut() const { return cut_; }
  /// The line that the record begins in, and the entry of next(), from 1.
  [[nodiscard]] std::int64_t line() const { return record_line_; }
  [[nodiscard]] std::int64_t column() const { return column_; }
  /// Bytes taken so far, and the line that follows.
  [[nodiscard]] std::int64_t position() const { return at_ - begin_; }
  [[nodiscard]] std::int64_t next_line() const { return line_; }

 private:
  std::string_view quoted();
  std::string_view plain();
  void end_field();
  [[noreturn]] void fail(const char* what, const char* hint) const;

  const char *begin_, *at_, *end_;
  const CsvOptions& options_;
  const Origin& origin_;
  std::array<bool, 256> special_{};  // bytes at which an entry without quotes ends or fails
  std::int64_t line_, record_line_, column_ = 0;
  bool ended_ = false, cut_ = false;
  std::string unquoted_;
};

}  // namespace hourglass::data::csv
