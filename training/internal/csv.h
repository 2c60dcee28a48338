#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hourglass::training::detail {

/// A cell as RFC 4180 asks: quoted if it holds a separator, a quote or an end of line.
[[nodiscard]] std::string quoted_csv(const std::string& cell, char separator);
/// The cells of one line; at least one, which may be empty.
[[nodiscard]] std::vector<std::string> split_csv(std::string_view line, char separator);

}  // namespace hourglass::training::detail
