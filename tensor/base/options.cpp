#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/options.h>

namespace hourglass::internal {

void refuse_integer(std::string_view name, std::int64_t value, std::int64_t least, std::int64_t most) {
  throw DataError("options: {} is {}; it can be from {} to {}", name, value, least, most);
}

void refuse_choice(std::string_view name, std::string_view value, std::span<const char* const> choices) {
  std::string all;
  for (const char* const choice : choices) all += (all.empty() ? "" : ", ") + std::string(choice);
  throw DataError("options: {} cannot be \"{}\"; give one of: {}", name, value, all);
}

}  // namespace hourglass::internal
