#include <hourglass/data/tables/dates.h>
#include <hourglass/data/tables/internal/csv_cells.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace hourglass::data::csv {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// Up to 15 digits and a dot among them: the whole number and the power of ten are exact in float64, and so is
// their quotient, rounded (Clinger 1990).
std::optional<double> short_number(std::string_view text) {
  constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::int64_t whole = 0;
  std::size_t behind = 0, digits = 0;
  bool dot = false;
  for (const char c : text) {
    if (c == '.' && !dot) {
      dot = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    whole = 10 * whole + (c - '0');
    ++digits;
    behind += dot ? 1 : 0;
  }
  if (digits == 0 || digits > 15) return std::nullopt;
  const double value = static_cast<double>(whole) / kPowers[behind];
  return negative ? -value : value;
}

// Which entries stand for none.
class Missing {
 public:
  explicit Missing(const std::vector<std::string>& texts) : texts_(texts) {
    for (const std::string& t : texts) {
      if (t.empty()) {
        empty_ = true;
      } else {
        first_[static_cast<unsigned char>(t.front())] = true;
      }
    }
  }
  bool operator()(std::string_view text) const {
    if (text.empty()) return empty_;
    return first_[static_cast<unsigned char>(text.front())] &&
           std::find(texts_.begin(), texts_.end(), text) != texts_.end();
  }

 private:
  const std::vector<std::string>& texts_;
  std::array<bool, 256> first_{};
  bool empty_ = false;
};

class Reader {
 public:
  Reader(Fields& fields, const std::vector<Plan>& plans, const CsvOptions& options, const Origin& origin)
      : fields_(fields), plans_(plans), origin_(origin), missing_(options.missing) {
    cells.words.resize(plans.size());
    cells.seen.resize(plans.size());
    misfit_.resize(plans.size());
  }

  void record() {
    const auto width = static_cast<std::int64_t>(plans_.size());
    for (std::int64_t c = 0; c < width; ++c) {
      const std::string_view text = fields_.next();
      cells.values.push_back(missing_(text) ? kMissing : entry(static_cast<std::size_t>(c), text));
      if (fields_.ended() && c + 1 < width) wrong_count(c + 1);
    }
    if (!fields_.ended()) {
      std::int64_t count = width;
      for (; !fields_.ended(); ++count) (void)fields_.next();
      wrong_count(count);
    }
    cells.lines.push_back(fields_.line());
  }

  Cells cells;

 private:
  double entry(std::size_t c, std::string_view text) {
    const Plan& plan = plans_[c];
    std::optional<double> value;
    if (plan.type == ColumnType::number) {
      value = parse_number(text);
    } else if (plan.type == ColumnType::date) {
      value = parse_date(text);
    } else if (plan.given && !plan.categories.empty()) {
      if (const auto found = plan.categories.find(text); found != plan.categories.end())
        value = static_cast<double>(found->second);
    } else if (!text.empty()) {
      if (!cells.words[c]) cells.words[c] = std::make_unique<Words>();
      value = static_cast<double>(cells.words[c]->code(text));
    }
    if (value) {
      cells.seen[c] = true;
      return *value;
    }
    if (plan.given || text.empty()) wrong_entry(c, text);
    if (!misfit_[c]) {
      misfit_[c] = true;
      cells.misfits.push_back({c, fields_.line(), std::string(text), cells.seen[c]});
    }
    return kMissing;
  }

  [[noreturn]] void wrong_entry(std::size_t c, std::string_view text) const {
    const Plan& plan = plans_[c];
    const std::string what = text.empty()                      ? "an entry"
                             : plan.type == ColumnType::number ? "a number"
                             : plan.type == ColumnType::date ? "a date like 2024-05-01 or 2024-05-01T12:30:00"
                                                             : "one of the categories that were given";
    throw DataError(
        "{}: {} is not {}; correct it, name it in CsvOptions::missing or give the column another type",
        origin_.at(fields_.line(), static_cast<std::int64_t>(c) + 1), shown(text), what);
  }

  [[noreturn]] void wrong_count(std::int64_t count) const {
    throw DataError(
        "{}: the line has {} {}, but there are {} columns; is the separator right, or a quote missing?",
        origin_.at(fields_.line(), std::min<std::int64_t>(count, std::ssize(plans_) + 1)), count,
        count == 1 ? "entry" : "entries", plans_.size());
  }

  Fields& fields_;
  const std::vector<Plan>& plans_;
  const Origin& origin_;
  Missing missing_;
  std::vector<bool> misfit_;  // columns with one already
};

}  // namespace

std::int64_t Words::code(std::string_view text) {
  const auto found = codes_.find(text);
  if (found != codes_.end()) return found->second;
  codes_.emplace(text, std::ssize(texts_));
  texts_.emplace_back(text);
  return std::ssize(texts_) - 1;
}

std::optional<double> parse_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (const auto value = short_number(text)) return value;
  if (text.front() == '+') {
    text.remove_prefix(1);
    if (text.empty() || text.front() == '-' || text.front() == '+') return std::nullopt;
  }
  double value = 0.0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  if (code == std::errc::result_out_of_range) {  // too large, or so small that it is 0 or denormal
    value = std::strtod(std::string(text).c_str(), nullptr);
    return std::isinf(value) ? std::nullopt : std::optional(value);
  }
  return code == std::errc() && !std::isnan(value) ? std::optional(value) : std::nullopt;
}

Cells read_cells(Fields fields, std::int64_t bytes, const std::vector<Plan>& plans, const CsvOptions& options,
                 const Origin& origin, std::int64_t most) {
  Reader reader(fields, plans, options, origin);
  const auto width = static_cast<std::int64_t>(plans.size());
  std::int64_t rows = 0;
  for (; rows < most && fields.begin_record(); ++rows) {
    reader.record();
    constexpr std::int64_t kLook = 64;  // records after which it is clear how many there will be
    if (rows + 1 == kLook && most > kLook) {
      const std::int64_t expected =
          std::min(bytes / width, bytes / fields.position() * kLook * 9 / 8) + kLook;
      reader.cells.values.reserve(static_cast<std::size_t>(expected * width));
      reader.cells.lines.reserve(static_cast<std::size_t>(expected));
    }
  }
  return std::move(reader.cells);
}

}  // namespace hourglass::data::csv
