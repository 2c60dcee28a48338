#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hourglass::service {

/// An entry of a row: null, a number, a text.
using Cell = std::variant<std::monostate, double, std::string>;
using Row = std::vector<std::pair<std::string, Cell>>;

/// What stands in the body of a request.
///
///     {"data": [[0.1, 0.2], [0.3, 0.4]]}                       rows of numbers, of any rank
///     {"rows": [{"age": 41, "city": "Bern"}, {"city": null, "age": 7}]}    by name, in any order
struct Body {
  std::vector<double> numbers{};
  std::vector<std::int64_t> shape{};  // of the numbers, the first extent is that of the rows; empty: no data
  std::vector<Row> rows{};
  bool has_rows = false;
  std::map<std::string, double, std::less<>> fields{};  // the others by name: "n", "seed"
};

/// Reads JSON from a stranger, in one pass and with memory that grows with its size alone. Throws Refusal
/// (400) for what is not JSON or of another form, lists of unequal length, numbers that are not finite as
/// float32, names twice, names that are not among `fields`, and more than 8 levels.
[[nodiscard]] Body parse_body(std::string_view text, const std::vector<std::string>& fields);

}  // namespace hourglass::service
