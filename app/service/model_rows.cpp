// From what a request sends to a model's rows, and from rows to entries.
#include <hourglass/app/service/error.h>
#include <hourglass/app/service/model.h>
#include <hourglass/data/tables/dates.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/views.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace hourglass::service {

namespace {

using Type = data::ColumnType;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

std::string expectation(const ServedModel::Column& column) {
  if (column.type == Type::number) return "a number";
  if (column.type == Type::date) return "a date such as \"2024-05-01\"";
  constexpr std::size_t kShown = 12;
  const auto& all = column.categories;
  const std::vector<std::string> some(
      all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kShown)));
  return fmt::format("one of \"{}\"{}", fmt::join(some, "\", \""), all.size() > kShown ? ", …" : "");
}

[[noreturn]] void refuse_cell(std::size_t row, const ServedModel::Column& column, const std::string& what) {
  const std::string wanted = expectation(column);
  throw Refusal(400, fmt::format("row {}, column \"{}\" {}; {} is expected", row, column.name, what, wanted),
                column.name, wanted);
}

double number_in(std::size_t row, const ServedModel::Column& column, const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return kMissing;
  if (const auto* const number = std::get_if<double>(&cell)) {
    if (!std::isfinite(*number)) refuse_cell(row, column, "is not finite");
    return *number;
  }
  const std::string& text = std::get<std::string>(cell);
  if (column.type == Type::date) {
    if (text.empty()) return kMissing;
    if (const auto seconds = data::parse_date(text)) return *seconds;
  }
  refuse_cell(row, column, fmt::format("is the text \"{}\"", text.substr(0, 60)));
}

std::string text_in(std::size_t row, const ServedModel::Column& column, const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return {};
  if (const auto* const number = std::get_if<double>(&cell)) {
    if (!std::isfinite(*number)) refuse_cell(row, column, "is not finite");
    return fmt::format("{}", *number);  // a category that a CSV file writes in digits
  }
  return std::get<std::string>(cell);
}

}  // namespace

data::Table ServedModel::table_of(const Body& body) const {
  std::vector<Row> rows = body.rows;
  if (!body.has_rows) {  // by position
    const auto width = std::ssize(columns_);
    if (body.shape.size() != 2 || body.shape[1] != width)
      throw Refusal(
          400, fmt::format("\"data\" must be rows of {} numbers, one for each column, not ({}); \"rows\" "
                           "sends them by name",
                           width, fmt::join(body.shape, ", ")));
    for (std::int64_t i = 0; i < body.shape[0]; ++i) {
      rows.emplace_back();
      for (std::int64_t j = 0; j < width; ++j)
        rows.back().emplace_back(columns_[static_cast<std::size_t>(j)].name,
                                 body.numbers[static_cast<std::size_t>(i * width + j)]);
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const auto& [name, cell] : rows[i]) {
      const bool known =
          std::any_of(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name == name; });
      if (known) continue;
      std::vector<std::string> names;
      for (const Column& c : columns_) names.push_back(c.name);
      const std::string wanted = fmt::format("the columns {}", fmt::join(names, ", "));
      throw Refusal(400,
                    fmt::format("row {} has a column \"{}\", which the model does not know; it has {}", i,
                                name.substr(0, 60), wanted),
                    name.substr(0, 60), wanted);
    }
  }
  std::vector<data::Column> out;
  for (const Column& c : columns_) {
    std::vector<double> numbers;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto cell = std::find_if(rows[i].begin(), rows[i].end(),
                                     [&](const auto& named) { return named.first == c.name; });
      if (cell == rows[i].end()) refuse_cell(i, c, "is not there");
      if (c.categories.empty()) {
        numbers.push_back(number_in(i, c, cell->second));
      } else {
        texts.push_back(text_in(i, c, cell->second));
      }
    }
    if (c.type == Type::number) out.push_back(data::Column::number(c.name, numbers));
    if (c.type == Type::date)
      out.push_back(data::Column::date(c.name, data::Column::number(c.name, numbers).values()));
    if (c.type == Type::category) out.push_back(data::Column::category(c.name, texts));
    if (c.type == Type::ordinal) {
      for (std::size_t i = 0; i < texts.size(); ++i) {
        if (!texts[i].empty() &&
            std::find(c.categories.begin(), c.categories.end(), texts[i]) == c.categories.end())
          refuse_cell(i, c, fmt::format("is \"{}\"", texts[i].substr(0, 60)));
      }
      out.push_back(data::Column::ordinal(c.name, texts, c.categories));
    }
  }
  return data::Table(std::move(out));
}

std::pair<data::Table, Tensor> ServedModel::prepared(const Body& body) const {
  if (!body.has_rows && body.shape.empty())
    throw Refusal(400, "neither \"data\" nor \"rows\" is given; send {\"rows\": [{\"column\": value}]}");
  data::Table table = table_of(body);
  if (table.rows() == 0) throw Refusal(400, "there are no rows; send one at least");
  Tensor x;
  try {
    x = prepare_->transform(table);
  } catch (const Error& e) {
    std::string column, wanted;
    for (const Column& c : columns_) {
      if (e.message().find("\"" + c.name + "\"") != std::string::npos)
        column = c.name, wanted = expectation(c);
    }
    throw Refusal(400, e.message(), column, wanted);
  }
  if (x.shape(0) != table.rows())
    throw Refusal(400, "the model's preparation leaves out rows with missing entries; send whole ones");
  return {std::move(table), x};
}

data::Table ServedModel::checked_table_of(const Body& body) const { return prepared(body).first; }

Tensor ServedModel::rows_of(const Body& body) const {
  if (form_ == Form::table) return prepared(body).second;
  if (!body.has_rows && body.shape.empty())
    throw Refusal(400, "\"data\" is not given; send {\"data\": [[…], …]}");
  if (body.has_rows)
    throw Refusal(400, "this model is not one of a table, and knows no columns; send {\"data\": [[…], …]}");
  const std::vector<std::int64_t>& s = body.shape;
  if (s[0] == 0) throw Refusal(400, "there are no rows in \"data\"; send one at least");
  const bool flat = s.size() == 2 && s[1] == row_.size() && !any_length_;
  const bool shaped =
      std::ssize(s) == example_.rank() + 1 && std::equal(example_.begin(), example_.end(), s.begin() + 1);
  const bool sequence = any_length_ && s.size() == 3 && s[1] > 0 && s[2] == row_[1];
  if (!flat && !shaped && !sequence)
    throw Refusal(
        400, fmt::format(
                 "\"data\" is of shape ({}); the model expects (N, {}){}; see /model for what a row is",
                 fmt::join(s, ", "),
                 any_length_ ? "T, " + std::to_string(row_[1]) : fmt::format("{}", fmt::join(example_, ", ")),
                 example_.rank() > 1 && !any_length_ ? fmt::format(" or (N, {})", row_.size()) : ""));
  const Shape out_shape = sequence ? Shape(s) : row_.insert(0, s[0]);
  Tensor out(out_shape, float32);
  const bool as_it_is = form_ == Form::image || (offset_ == 0.0 && scale_ == 1.0);
  auto* const to = out.mutable_data<float>();
  for (std::size_t i = 0; i < body.numbers.size(); ++i)
    to[i] = static_cast<float>(as_it_is ? body.numbers[i] : (body.numbers[i] - offset_) * scale_);
  return out;
}

Tensor ServedModel::codes_of(const Body& body) const {
  const std::vector<std::int64_t>& s = body.shape;
  if (body.has_rows || s.empty())
    throw Refusal(
        400, fmt::format("codes are expected; send {{\"data\": [[…], …]}} with {} numbers a row", latent_));
  std::int64_t width = s.size() < 2 ? 0 : 1;
  for (std::size_t i = 1; i < s.size(); ++i) width *= s[i];
  if (s[0] == 0 || width != latent_)
    throw Refusal(400,
                  fmt::format("\"data\" is of shape ({}); codes (N, {}) are expected; /encode gives some",
                              fmt::join(s, ", "), latent_));
  Tensor out(Shape{s[0], latent_}, float32);
  std::transform(body.numbers.begin(), body.numbers.end(), out.mutable_data<float>(),
                 [](double v) { return static_cast<float>(v); });
  return out;
}

Tensor ServedModel::own_range(const Tensor& rows) const {
  return form_ == Form::image || (offset_ == 0.0 && scale_ == 1.0) ? rows : rows / scale_ + offset_;
}

data::Table ServedModel::entries_of(const Tensor& rows) const { return prepare_->inverse(rows); }

}  // namespace hourglass::service
