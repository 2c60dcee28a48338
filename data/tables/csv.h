#pragma once

#include <hourglass/data/tables/table.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::data {

/// What a column is said to be. Categories that are given are in order, and any other text is an error;
/// without them they are found, and sorted.
struct ColumnKind {
  ColumnKind(ColumnType t) : type(t) {}  // NOLINT(google-explicit-constructor): a type is a kind
  ColumnKind(ColumnType t, std::vector<std::string> c) : type(t), categories(std::move(c)) {}

  ColumnType type;
  std::vector<std::string> categories{};  // an ordinal column needs them
};

struct CsvOptions {
  char separator = ',';  // or ';', '\t', …
  char quote = '"';
  bool header = true;  // names in the first line; else columns are named column_1, column_2, …
  std::vector<std::string> missing{"", "NA", "?", "nan", "NaN"};  // entries that are none, quoted or not
  std::map<std::string, ColumnKind> types{};                      // of columns by name; the others are found
};

/// A table from a CSV file (RFC 4180): entries between separators, lines that end in \n or \r\n, entries with
/// a separator, a quote or a line's end in them between quotes, a quote in them twice. Blanks around an entry
/// without quotes are not part of it. Empty lines are left out, as is a UTF-8 byte order mark.
///
/// Types that are not given are found: numbers (any decimal form that from_chars takes, "+5" and "inf" too)
/// if all entries are, dates (see parse_date) if all are, else categories; a column whose first entries are
/// numbers or dates and a later one is not gets a note (see Table::notes). Categories found are sorted.
///
/// Strict otherwise: throws DataError with line and column for a line of more or fewer entries than the
/// header has, a quote that is not closed or stands within an entry, a zero byte or a lone carriage return, a
/// name that is empty or there twice, an empty file, an entry that is not what its column is said to be, a
/// type for a column that is not there, more than 100,000 columns, and a record beyond 64 MB. FileError if
/// the file cannot be read.
///
/// Reads 4 MB at a time, in parallel; the result does not depend on the number of threads. Memory: the table,
/// and while it is read about as much again.
[[nodiscard]] Table read_csv(const std::string& path, const CsvOptions& options = {});
/// The same from text in memory; errors call it `name`.
[[nodiscard]] Table parse_csv(std::string_view text, const CsvOptions& options = {},
                              const std::string& name = "the text");

/// Which of comma, semicolon, tab and | stands most often in the first line, but between quotes; a comma if
/// none does. Throws FileError if the file cannot be read.
///
///     read_csv(path, {.separator = find_separator(path)})
[[nodiscard]] char find_separator(const std::string& path);

struct WriteCsvOptions {
  char separator = ',';
  std::string missing{};  // what stands where an entry is missing
};
/// A table as CSV, with a header; numbers with the shortest digits that give them back exactly. The file
/// appears whole or not at all. Throws FileError; DataError for a category that is the text of a missing
/// entry.
void write_csv(const std::string& path, const Table& table, const WriteCsvOptions& options = {});
[[nodiscard]] std::string csv_text(const Table& table, const WriteCsvOptions& options = {});

}  // namespace hourglass::data
