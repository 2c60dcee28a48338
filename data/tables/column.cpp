#include <hourglass/data/tables/column.h>
#include <hourglass/data/tables/dates.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace hourglass::data {

namespace {

void expect_list(const std::string& name, const Tensor& values) {
  if (values.rank() == 1) return;
  throw ShapeError("Column: \"{}\" needs values of shape (N,), got {}; reshape(x, {x.size()}) makes one axis",
                   name, values.shape());
}

Tensor codes_of(const std::string& name, const std::vector<std::string>& values,
                const std::vector<std::string>& categories) {
  std::unordered_map<std::string_view, std::int64_t> places;
  for (const std::string& c : categories) places.emplace(c, std::ssize(places));
  Tensor out(Shape{std::ssize(values)}, int64);
  std::int64_t* codes = out.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto found = places.find(values[i]);
    if (found == places.end() && !values[i].empty()) {
      throw DataError(
          "Column: \"{}\" has \"{}\" in row {}, which is none of its {} categories; add it to them", name,
          values[i], i, categories.size());
    }
    codes[i] = values[i].empty() ? -1 : found->second;
  }
  return out;
}

}  // namespace

std::string_view name(ColumnType type) {
  switch (type) {
    case ColumnType::number:
      return "number";
    case ColumnType::date:
      return "date";
    case ColumnType::category:
      return "category";
    case ColumnType::ordinal:
      break;
  }
  return "ordinal";
}

Column::Column(std::string name, ColumnType type, Tensor values, std::vector<std::string> categories)
    : name_(std::move(name)),
      type_(type),
      values_(std::move(values)),
      categories_(std::make_shared<const std::vector<std::string>>(std::move(categories))) {}

Column Column::number(std::string name, const Tensor& values) {
  expect_list(name, values);
  return {std::move(name), ColumnType::number, values.to(float64).contiguous(), {}};
}

Column Column::number(std::string name, const std::vector<double>& values) {
  return number(std::move(name), from_span(std::span<const double>(values), Shape{std::ssize(values)}));
}

Column Column::date(std::string name, const Tensor& seconds) {
  expect_list(name, seconds);
  return {std::move(name), ColumnType::date, seconds.to(float64).contiguous(), {}};
}

Column Column::category(std::string name, const std::vector<std::string>& values) {
  std::vector<std::string> categories;
  for (const std::string& v : values) {
    if (!v.empty()) categories.push_back(v);
  }
  std::sort(categories.begin(), categories.end());
  categories.erase(std::unique(categories.begin(), categories.end()), categories.end());
  const Tensor codes = codes_of(name, values, categories);
  return coded(std::move(name), ColumnType::category, codes, std::move(categories));
}

Column Column::ordinal(std::string name, const std::vector<std::string>& values,
                       std::vector<std::string> categories) {
  const Tensor codes = codes_of(name, values, categories);
  return coded(std::move(name), ColumnType::ordinal, codes, std::move(categories));
}

Column Column::coded(std::string name, ColumnType type, const Tensor& codes,
                     std::vector<std::string> categories) {
  expect_list(name, codes);
  if (type == ColumnType::number || type == ColumnType::date) {
    throw DataError("Column: \"{}\" is a {} and has no codes; use Column::number or Column::date", name,
                    data::name(type));
  }
  std::unordered_map<std::string_view, int> seen;
  for (const std::string& c : categories) {
    if (c.empty() || ++seen[c] > 1)
      throw DataError("Column: \"{}\" has the category \"{}\" {}; name each once", name, c,
                      c.empty() ? "without a text" : "twice");
  }
  Column out(std::move(name), type, codes.contiguous(), std::move(categories));
  const std::int64_t* const code = out.values_.data<std::int64_t>();
  const std::int64_t count = std::ssize(*out.categories_);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    if (code[i] < -1 || code[i] >= count)
      throw DataError(
          "Column: \"{}\" has the code {} in row {}, but {} categories; codes are places among them",
          out.name_, code[i], i, count);
  }
  return out;
}

bool Column::is_missing(std::int64_t row) const {
  if (row < 0 || row >= size())
    throw IndexError("Column: \"{}\" has {} rows, there is no row {}; rows count from 0", name_, size(), row);
  return has_categories() ? values_.data<std::int64_t>()[row] < 0 : std::isnan(values_.data<double>()[row]);
}

std::int64_t Column::missing_count() const {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < size(); ++i) count += is_missing(i) ? 1 : 0;
  return count;
}

std::string Column::text(std::int64_t row) const {
  if (is_missing(row)) return {};
  if (has_categories()) return (*categories_)[static_cast<std::size_t>(values_.data<std::int64_t>()[row])];
  const double value = values_.data<double>()[row];
  return type_ == ColumnType::date ? date_text(value) : fmt::format("{}", value);
}

Column Column::renamed(std::string name) const {
  Column out = *this;
  out.name_ = std::move(name);
  return out;
}

Column Column::take(const Tensor& rows) const {
  Column out = *this;
  out.values_ = hourglass::take(values_, rows);
  return out;
}

}  // namespace hourglass::data
