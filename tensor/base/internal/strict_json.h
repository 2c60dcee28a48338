#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace hourglass::internal {

using Json = nlohmann::ordered_json;

/// JSON from a stranger. Throws DataError, whose text begins with `source`, for what is not JSON, members of
/// one name, and more of it than any options or description have: bytes, depth, members of an object.
[[nodiscard]] Json parse_json(std::string_view text, std::string_view source);

}  // namespace hourglass::internal
