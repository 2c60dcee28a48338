#pragma once

#include <cstdint>
#include <string_view>

namespace hourglass::training::detail {

/// CRC-32C (Castagnoli), polynomial 0x1EDC6F41 reflected, as in RFC 3720 B.4: "123456789" has 0xE3069283.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);
/// The same turned by 15 bits plus a constant, as stands in the files of TensorFlow.
[[nodiscard]] std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace hourglass::training::detail
