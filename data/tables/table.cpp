#include <hourglass/data/tables/table.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace hourglass::data {

namespace {

// "a", "b", "c", … of many names the first.
std::string listed(const std::vector<Column>& columns) {
  constexpr std::size_t kShown = 12;
  std::string out;
  for (std::size_t i = 0; i < std::min(kShown, columns.size()); ++i)
    out += (i > 0 ? ", \"" : "\"") + columns[i].name() + "\"";
  if (columns.size() > kShown) out += ", … (" + std::to_string(columns.size()) + " in all)";
  return out.empty() ? "none" : out;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  std::set<std::string> names;
  if (!columns_.empty()) rows_ = columns_.front().size();
  for (const Column& c : columns_) {
    if (c.name().empty()) throw DataError("Table: a column has no name; give it one");
    if (!names.insert(c.name()).second)
      throw DataError("Table: two columns have the name \"{}\"; rename one", c.name());
    if (c.size() != rows_)
      throw ShapeError("Table: column \"{}\" has {} rows, but \"{}\" {}; columns have equal lengths",
                       c.name(), c.size(), columns_.front().name(), rows_);
  }
}

Table Table::from_tensor(const Tensor& x, const std::vector<std::string>& names) {
  if (x.rank() != 2 || x.shape(1) != std::ssize(names)) {
    throw ShapeError("Table: a tensor of shape {} does not have the {} columns that are named; give (N, {})",
                     x.shape(), names.size(), names.size());
  }
  const Tensor columns = transpose(x).to(float64).contiguous();
  std::vector<Column> out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out.push_back(Column::number(names[i], columns[static_cast<std::int64_t>(i)]));
  return Table(std::move(out));
}

std::vector<std::string> Table::names() const {
  std::vector<std::string> out;
  out.reserve(columns_.size());
  for (const Column& c : columns_) out.push_back(c.name());
  return out;
}

bool Table::has(const std::string& name) const {
  return std::any_of(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name() == name; });
}

std::size_t Table::place(const std::string& name) const {
  const auto found =
      std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name() == name; });
  if (found == columns_.end())
    throw DataError("Table: there is no column \"{}\"; the columns are {}", name, listed(columns_));
  return static_cast<std::size_t>(found - columns_.begin());
}

const Column& Table::operator[](const std::string& name) const { return columns_[place(name)]; }

Table Table::select(const std::vector<std::string>& names) const {
  std::vector<Column> chosen;
  chosen.reserve(names.size());
  for (const std::string& n : names) chosen.push_back((*this)[n]);
  Table out = *this;
  out.columns_ = Table(std::move(chosen)).columns_;
  return out;
}

Table Table::drop(const std::vector<std::string>& names) const {
  std::set<std::size_t> dropped;
  for (const std::string& n : names) dropped.insert(place(n));
  Table out = *this;
  out.columns_.clear();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!dropped.contains(i)) out.columns_.push_back(columns_[i]);
  }
  return out;
}

Table Table::with(Column column) const {
  Table out = *this;
  if (has(column.name())) {
    out.columns_[place(column.name())] = std::move(column);
  } else {
    out.columns_.push_back(std::move(column));
  }
  Table checked(out.columns_);
  out.rows_ = checked.rows_;
  return out;
}

Table Table::head(std::int64_t n) const {
  const auto count = static_cast<double>(std::clamp<std::int64_t>(n, 0, rows_));
  return take(arange(0.0, count, 1.0, int64));
}

Table Table::take(const Tensor& rows) const {
  Table out = *this;
  for (Column& c : out.columns_) c = c.take(rows);
  out.rows_ = rows.size();
  if (lines_.size() > 0) out.lines_ = hourglass::take(lines_, rows);
  return out;
}

std::pair<Table, Table> Table::split(const TableSplitOptions& options) const {
  SplitOptions of_rows{.fraction = options.fraction, .seed = options.seed};
  if (!options.stratify.empty()) {
    const Column& column = (*this)[options.stratify];
    for (std::int64_t i = 0; i < rows_; ++i) {
      const bool whole = column.has_categories() ||
                         std::floor(column.values().data<double>()[i]) == column.values().data<double>()[i];
      if (!whole || column.is_missing(i)) {
        throw DataError(
            "Table: cannot stratify by \"{}\": {} has \"{}\"; the column must have categories or whole "
            "numbers and no missing entry",
            options.stratify, place_of(i), column.text(i));
      }
    }
    of_rows.labels = column.values().to(int64);
  }
  const auto [first, second] = split_rows(rows_, of_rows);
  return {take(first), take(second)};
}

Tensor Table::to_tensor(DType dtype) const {
  const std::int64_t width = std::ssize(columns_);
  Tensor out(Shape{rows_, width}, float64);
  double* const to = out.mutable_data<double>();
  for (std::int64_t c = 0; c < width; ++c) {
    const Column& column = columns_[static_cast<std::size_t>(c)];
    visit(column.values().dtype(), [&]<class T>() {
      const T* const from = column.values().data<T>();
      for (std::int64_t i = 0; i < rows_; ++i) {
        const bool missing = column.has_categories() && from[i] < T(0);
        to[i * width + c] = missing ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(from[i]);
      }
    });
  }
  return out.to(dtype);
}

std::string Table::place_of(std::int64_t row) const {
  if (row < 0 || row >= rows_ || lines_.size() == 0) return "row " + std::to_string(row);
  return "line " + std::to_string(lines_.data<std::int64_t>()[row]) + " of " + file_;
}

Table Table::with_lines(std::string file, const Tensor& lines) const {
  if (!(lines.shape() == Shape{rows_}))
    throw ShapeError("Table: {} rows need lines of shape {}, got {}; give one number a row", rows_,
                     Shape{rows_}, lines.shape());
  Table out = *this;
  out.file_ = std::move(file);
  out.lines_ = lines.to(int64).contiguous();
  return out;
}

Table Table::with_notes(std::vector<std::string> notes) const {
  Table out = *this;
  out.notes_ = std::move(notes);
  return out;
}

}  // namespace hourglass::data
