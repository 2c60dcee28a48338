// How a table shows itself: its rows in columns, and what is in each column.
#include <hourglass/data/tables/dates.h>
#include <hourglass/data/tables/table.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hourglass::data {

namespace {

using Lines = std::vector<std::vector<std::string>>;

// The number of characters, not of bytes.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string aligned(const Lines& lines) {
  std::vector<std::size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string pad(widths[i] - width_of(line[i]), ' ');
      text += i == 0 ? line[i] + pad : "  " + pad + line[i];
    }
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

// Linear between neighbours, as NumPy's.
double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - std::floor(at)) * (sorted[high] - sorted[low]);
}

std::vector<std::string> numbers_line(const Column& column) {
  const double* const values = column.values().data<double>();
  std::vector<double> present;
  std::copy_if(values, values + column.size(), std::back_inserter(present),
               [](double v) { return !std::isnan(v); });
  if (present.empty()) return {};
  std::sort(present.begin(), present.end());
  const auto n = static_cast<double>(present.size());
  const double mean = std::accumulate(present.begin(), present.end(), 0.0) / n;
  double squares = 0.0;
  for (const double v : present) squares += (v - mean) * (v - mean);
  const bool date = column.type() == ColumnType::date;
  const auto shown = [&](double v) { return date ? date_text(v) : fmt::format("{:.5g}", v); };
  std::vector<std::string> out{shown(mean), date ? "" : shown(std::sqrt(squares / n))};
  for (const double q : {0.0, 0.25, 0.5, 0.75, 1.0}) out.push_back(shown(quantile(present, q)));
  return out;
}

// How many categories there are, and the most frequent of them; of equals the first.
std::string categories_text(const Column& column) {
  if (column.missing_count() == column.size())
    return fmt::format("{} categories", column.categories().size());
  std::vector<std::int64_t> counts(column.categories().size());
  const std::int64_t* const codes = column.values().data<std::int64_t>();
  for (std::int64_t i = 0; i < column.size(); ++i) {
    if (codes[i] >= 0) ++counts[static_cast<std::size_t>(codes[i])];
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  return fmt::format("{} categories, most often \"{}\" ({})", counts.size(),
                     column.categories()[static_cast<std::size_t>(most - counts.begin())], *most);
}

bool is_constant(const Column& column) {
  if (column.size() < 2 || column.missing_count() > 0) return false;
  return visit(column.values().dtype(), [&]<class T>() {
    const T* const v = column.values().data<T>();
    return std::all_of(v, v + column.size(), [&](T x) { return x == v[0]; });
  });
}

}  // namespace

std::string Table::str() const {
  constexpr std::int64_t kEnds = 5;
  Lines lines;
  lines.push_back({""});
  for (const Column& c : columns_) lines.back().push_back(c.name());
  for (std::int64_t i = 0; i < rows_; ++i) {
    if (i == kEnds && rows_ > 2 * kEnds) {
      lines.push_back({"…"});
      i = rows_ - kEnds;
    }
    lines.push_back({std::to_string(i)});
    for (const Column& c : columns_) lines.back().push_back(c.is_missing(i) ? "?" : c.text(i));
  }
  return aligned(lines) + fmt::format("{} rows, {} columns\n", rows_, columns_.size());
}

std::string Table::describe() const {
  Lines lines{{"column", "type", "entries", "missing", "mean", "std", "min", "25%", "50%", "75%", "max"}};
  std::string remarks;
  for (const Column& c : columns_) {
    const std::int64_t missing = c.missing_count();
    lines.push_back({c.name(), std::string(data::name(c.type())), std::to_string(rows_ - missing),
                     std::to_string(missing)});
    if (c.has_categories()) {
      remarks += fmt::format("\"{}\": {}\n", c.name(), categories_text(c));
    } else {
      const std::vector<std::string> numbers = numbers_line(c);
      lines.back().insert(lines.back().end(), numbers.begin(), numbers.end());
    }
    if (is_constant(c)) remarks += fmt::format("\"{}\" is {} in every row\n", c.name(), c.text(0));
  }
  for (const std::string& note : notes_) remarks += note + "\n";
  return fmt::format("{} rows, {} columns\n", rows_, columns_.size()) + aligned(lines) + remarks;
}

}  // namespace hourglass::data
