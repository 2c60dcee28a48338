#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace hourglass::files {

/// SHA-256 of bytes given in parts (FIPS 180-4).
class Sha256 {
 public:
  void add(std::span<const std::byte> bytes);
  void add(const std::string& text);
  /// 64 hexadecimal digits; ends the computation.
  [[nodiscard]] std::string hex();

 private:
  void block(const std::uint8_t* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> buffer_{};
  std::uint64_t length_ = 0;  // bytes so far
};

}  // namespace hourglass::files
