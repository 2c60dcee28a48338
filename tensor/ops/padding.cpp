#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/conv.h>

#include <array>
#include <charconv>

namespace hourglass {

std::string to_text(const Padding& p) {
  if (p.kind == Padding::Kind::valid) return "valid";
  if (p.kind == Padding::Kind::same) return "same";
  return std::to_string(p.top) + "," + std::to_string(p.bottom) + "," + std::to_string(p.left) + "," +
         std::to_string(p.right);
}

void from_text(std::string_view text, Padding& padding) {
  if (text == "valid" || text == "same") {
    padding = text == "same" ? Padding::same : Padding::valid;
    return;
  }
  std::array<std::int64_t, 4> edges{};
  const char* at = text.data();
  const char* const end = at + text.size();
  bool good = true;
  for (std::size_t i = 0; i < edges.size() && good; ++i) {
    if (i > 0) good = at != end && *at++ == ',';
    const auto [after, error] = std::from_chars(at, end, edges[i]);
    good = good && error == std::errc() && edges[i] >= 0;
    at = after;
  }
  if (!good || at != end)
    throw DataError(
        "padding: \"{}\" is none; give valid, same, or rows above, below, columns left, right: 1,1,1,1",
        text);
  padding = {edges[0], edges[1], edges[2], edges[3]};
}

}  // namespace hourglass
