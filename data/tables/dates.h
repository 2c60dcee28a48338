#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hourglass::data {

/// Seconds since 1970-01-01, UTC, of "2024-05-01", "2024-05-01T12:30", "2024-05-01 12:30:00.5" or the same
/// with Z behind it (ISO 8601, the Gregorian calendar, years 0001 to 9999); none for any other text.
[[nodiscard]] std::optional<double> parse_date(std::string_view text);

/// The text of such a number: without a time at midnight, with a fraction where there is one (to the
/// microsecond). Throws DataError for what is not a second of the years 1 to 9999.
[[nodiscard]] std::string date_text(double seconds);

}  // namespace hourglass::data
