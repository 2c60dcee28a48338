#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::files::internal {

inline constexpr std::uint64_t kMostHeader = 100'000'000;  // bytes, as in the reference implementation

/// One tensor of a safetensors file; its bytes are at begin to end - 1 behind the header.
struct HeaderEntry {
  std::string name;
  DType dtype = float32;
  Shape shape;
  std::uint64_t begin = 0, end = 0;
};
struct Header {
  std::vector<HeaderEntry> tensors;  // in the order of their bytes, which follow each other without a gap
  std::map<std::string, std::string> metadata;
};

/// The header of a file with so many bytes of data. Throws FileError that begins with `source` for anything
/// that read_safetensors does not take.
[[nodiscard]] Header parse_header(const std::string& source, std::string_view text, std::uint64_t data_bytes);

/// "F32" and so on.
[[nodiscard]] const char* safetensors_type(DType dtype);

/// The bytes of a file with these tensors, as write_safetensors says. Throws FileError that begins with
/// `source`.
[[nodiscard]] std::string safetensors_image(const std::string& source, std::span<const NamedTensor> tensors,
                                            const std::map<std::string, std::string>& metadata);

}  // namespace hourglass::files::internal
