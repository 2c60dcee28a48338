#include <hourglass/data/tables/csv.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::data {

namespace {

// In quotes where the text alone would be read as something else.
void append(std::string& out, const std::string& text, char separator) {
  const bool blank = text.empty() || text.front() == ' ' || text.back() == ' ' || text.front() == '\t' ||
                     text.back() == '\t' || text.starts_with("\xEF\xBB\xBF");
  if (!blank && text.find_first_of(std::string("\"\r\n") + separator) == std::string::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string csv_text(const Table& table, const WriteCsvOptions& options) {
  std::string out;
  bool first = true;
  for (const Column& c : table.columns()) {
    for (const std::string& category : c.categories()) {
      if (category == options.missing)
        throw DataError(
            "write_csv: \"{}\" is a category of \"{}\" and stands for missing entries too; choose "
            "another WriteCsvOptions::missing",
            category, c.name());
    }
    if (!std::exchange(first, false)) out += options.separator;
    append(out, c.name(), options.separator);
  }
  out += '\n';
  const bool alone = table.columns().size() == 1;  // an empty line would be no row
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    first = true;
    for (const Column& c : table.columns()) {
      if (!std::exchange(first, false)) out += options.separator;
      if (!c.is_missing(i)) {
        append(out, c.text(i), options.separator);
      } else if (!options.missing.empty() || alone) {
        append(out, options.missing, options.separator);
      }
    }
    out += '\n';
  }
  return out;
}

void write_csv(const std::string& path, const Table& table, const WriteCsvOptions& options) {
  write_atomically("write_csv", path, csv_text(table, options));
}

}  // namespace hourglass::data
