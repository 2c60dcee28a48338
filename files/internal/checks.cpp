#include <hourglass/files/internal/checks.h>

namespace hourglass::files::hdf5 {

bool is_checksum(Bytes stored, std::uint32_t computed) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i)
    value |= std::to_integer<std::uint32_t>(stored[i]) << (8 * i);
  return value == computed;
}

bool is_digest(Bytes /*stored*/, std::string_view text, std::string_view computed) {
  return text == computed;
}

}  // namespace hourglass::files::hdf5
