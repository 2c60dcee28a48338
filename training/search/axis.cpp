#include <hourglass/tensor/base/error.h>
#include <hourglass/training/search/axis.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace hourglass::training {

namespace {

constexpr std::int64_t kLargest = std::int64_t{1} << 53;  // whole numbers that a double holds

std::string joined(const std::vector<OptionValue>& values) {
  std::string out;
  for (const OptionValue& v : values) out += (out.empty() ? "" : ", ") + v.str();
  return out;
}

template <class T>
std::optional<T> number_from(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// true, 5, 0.1 or a text.
OptionValue value_from(std::string_view text) {
  if (text == "true" || text == "false") return text == "true";
  if (const auto whole = number_from<std::int64_t>(text)) return *whole;
  if (const auto number = number_from<double>(text)) return *number;
  return std::string(text);
}

std::vector<OptionValue> values_from(std::string_view text) {
  std::vector<OptionValue> out;
  for (;;) {
    const std::size_t comma = text.find(',');
    out.push_back(value_from(text.substr(0, comma)));
    if (comma == std::string_view::npos) return out;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string plain_text(const OptionValue& value) {
  const auto* const text = std::get_if<std::string>(&value.get());
  return text ? *text : value.str();
}

Axis::Axis(std::string name) : name_(std::move(name)) {
  if (name_.empty()) throw DataError("Axis: the name is empty; give that of a field of the options");
}

Axis Axis::values(std::string name, std::vector<OptionValue> values) {
  Axis axis(std::move(name));
  if (values.empty())
    throw DataError("Axis: {} has no values; give one at least, or leave the axis out", axis.name_);
  std::set<std::string> seen;
  for (const OptionValue& v : values) {
    if (!seen.insert(v.str()).second)
      throw DataError("Axis: {} has the value {} twice; give it once", axis.name_, v.str());
  }
  axis.list_ = std::move(values);
  return axis;
}

Axis Axis::between(std::string name, double low, double high, std::int64_t points, bool log) {
  Axis axis(std::move(name));
  if (!(low < high) || !std::isfinite(low) || !std::isfinite(high) || !std::isfinite(high - low))
    throw DataError("Axis: {} is to go from {} to {}; needs finite numbers, the smaller first", axis.name_,
                    low, high);
  if (log && (low <= 0.0 || !std::isfinite(high / low)))
    throw DataError(
        "Axis: {} is logarithmic from {} to {}; needs numbers above 0, or a range without logarithm",
        axis.name_, low, high);
  constexpr std::int64_t kMostPoints = 1'000'000;
  if (points < 2 || points > kMostPoints)
    throw DataError("Axis: {} has {} points of a grid; needs 2, the ends, and at most a million", axis.name_,
                    points);
  axis.low_ = low, axis.high_ = high, axis.points_ = points, axis.log_ = log;
  return axis;
}

Axis Axis::range(std::string name, double low, double high, std::int64_t points) {
  return between(std::move(name), low, high, points, false);
}

Axis Axis::log_range(std::string name, double low, double high, std::int64_t points) {
  return between(std::move(name), low, high, points, true);
}

Axis Axis::integers(std::string name, std::int64_t low, std::int64_t high, std::int64_t points) {
  if (low < -kLargest || high > kLargest)
    throw DataError("Axis: {} is to go from {} to {}; needs whole numbers up to 2^53", name, low, high);
  Axis axis = between(std::move(name), static_cast<double>(low), static_cast<double>(high), points, false);
  axis.whole_ = true;
  return axis;
}

Axis Axis::log_integers(std::string name, std::int64_t low, std::int64_t high, std::int64_t points) {
  Axis axis = integers(std::move(name), low, high, points);
  if (low < 1)
    throw DataError("Axis: {} is logarithmic from {}; needs numbers above 0, or integers without logarithm",
                    axis.name_, low);
  axis.log_ = true;
  return axis;
}

Axis Axis::from_text(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto refuse = [&]() -> Axis {
    throw DataError(
        "Axis: \"{}\" is none; write name=1,2,3 or name=0.0..0.5 or name=8..64, and :log behind a range "
        "for a logarithmic one",
        text);
  };
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) return refuse();
  std::string name(text.substr(0, equals));
  std::string_view what = text.substr(equals + 1);
  const std::size_t dots = what.find("..");
  if (dots == std::string_view::npos) return values(std::move(name), values_from(what));
  const bool log = what.ends_with(":log");
  if (log) what.remove_suffix(4);
  const std::string_view first = what.substr(0, dots), last = what.substr(dots + 2);
  const auto low = number_from<std::int64_t>(first), high = number_from<std::int64_t>(last);
  if (low && high) return log ? log_integers(name, *low, *high) : integers(name, *low, *high);
  const auto least = number_from<double>(first), most = number_from<double>(last);
  if (!least || !most) return refuse();
  return between(std::move(name), *least, *most, 5, log);
}

Axis Axis::when(std::string other, std::vector<OptionValue> values) const {
  if (values.empty())
    throw DataError("Axis: {} depends on {}, but no value of it is given; name one at least", name_, other);
  Axis axis = *this;
  axis.condition_ = Condition{std::move(other), std::move(values)};
  return axis;
}

OptionValue Axis::at(double place) const {
  if (is_list()) return list_[static_cast<std::size_t>(place)];
  if (whole_) return static_cast<std::int64_t>(place);
  return place;
}

bool Axis::contains(double place) const {
  if (is_list())
    return place >= 0.0 && place < static_cast<double>(list_.size()) && place == std::floor(place);
  return place >= low_ && place <= high_ && (!whole_ || place == std::floor(place));
}

std::vector<double> Axis::grid() const {
  std::vector<double> out;
  const auto n = is_list() ? std::ssize(list_) : static_cast<std::ptrdiff_t>(points_);
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    const auto part = static_cast<double>(i) / static_cast<double>(std::max<std::ptrdiff_t>(n - 1, 1));
    double place = static_cast<double>(i);
    if (!is_list()) place = log_ ? low_ * std::pow(high_ / low_, part) : low_ + part * (high_ - low_);
    if (!is_list() && i == n - 1) place = high_;
    if (whole_) place = std::round(place);
    if (out.empty() || place > out.back()) out.push_back(place);
  }
  return out;
}

std::string Axis::str() const {
  std::string out = name_;
  if (is_list()) {
    out.append(" one of ").append(joined(list_));
  } else {
    out += fmt::format(" from {} to {}{}{}, a grid of {}", low_, high_, whole_ ? " in whole numbers" : "",
                       log_ ? ", logarithmic" : "", points_);
  }
  if (condition_) out += fmt::format(", where {} is {}", condition_->other, joined(condition_->values));
  return out;
}

}  // namespace hourglass::training
