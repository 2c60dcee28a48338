#include <hourglass/data/tables/dates.h>
#include <hourglass/tensor/base/error.h>

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>

namespace hourglass::data {

namespace {

constexpr double kMinute = 60, kHour = 3600, kDay = 86400;

// Exactly n digits at the front of the text, taken from it; -1 if they are not there.
int digits(std::string_view& text, std::size_t n) {
  if (text.size() < n) return -1;
  int value = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = 10 * value + (text[i] - '0');
  }
  text.remove_prefix(n);
  return value;
}

bool skip(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// ".25" at the front of the text, taken from it; 0 if there is none, -1 for a dot without digits.
double fraction(std::string_view& text) {
  if (!skip(text, '.')) return 0.0;
  double value = 0.0, unit = 1.0;
  const std::size_t before = text.size();
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value = 10.0 * value + (text.front() - '0'), unit *= 10.0;
    text.remove_prefix(1);
  }
  return text.size() == before || before - text.size() > 9 ? -1.0 : value / unit;
}

// Seconds after midnight of "T12:30", "T12:30:05.5"; -1 for anything else.
double time_of_day(std::string_view& text) {
  if (!skip(text, 'T') && !skip(text, ' ')) return 0.0;
  const int hour = digits(text, 2);
  if (hour < 0 || hour > 23 || !skip(text, ':')) return -1.0;
  const int minute = digits(text, 2);
  if (minute < 0 || minute > 59) return -1.0;
  double second = 0.0;
  if (skip(text, ':')) {
    const int whole = digits(text, 2);
    const double part = fraction(text);
    if (whole < 0 || whole > 59 || part < 0.0) return -1.0;
    second = whole + part;
  }
  (void)skip(text, 'Z');
  return hour * kHour + minute * kMinute + second;
}

}  // namespace

std::optional<double> parse_date(std::string_view text) {
  const int year = digits(text, 4);
  if (year < 1 || !skip(text, '-')) return std::nullopt;
  const int month = digits(text, 2);
  if (month < 1 || !skip(text, '-')) return std::nullopt;
  const int day = digits(text, 2);
  if (day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const double time = time_of_day(text);
  if (time < 0.0 || !text.empty()) return std::nullopt;
  return static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count()) * kDay + time;
}

std::string date_text(double seconds) {
  constexpr double kFirst = -62135596800.0, kBeyond = 253402300800.0;  // 0001-01-01, 10000-01-01
  if (!(seconds >= kFirst && seconds < kBeyond))
    throw DataError("date_text: {} is no second of the years 1 to 9999; is the column a number?", seconds);
  double day = std::floor(seconds / kDay);
  auto micros = static_cast<std::int64_t>(std::llround((seconds - day * kDay) * 1e6));
  constexpr std::int64_t kSecond = 1000000, kMicrosOfDay = 86400 * kSecond;
  if (micros == kMicrosOfDay) day += 1.0, micros = 0;
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<std::int64_t>(day)))};
  std::string out = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  if (micros == 0) return out;
  const std::int64_t second = micros / kSecond;
  out += fmt::format("T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
  if (micros % kSecond == 0) return out;
  out += fmt::format(".{:06}", micros % kSecond);
  return out.substr(0, out.find_last_not_of('0') + 1);
}

}  // namespace hourglass::data
