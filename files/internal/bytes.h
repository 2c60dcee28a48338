#pragma once

#include <hourglass/tensor/base/atomic_file.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hourglass::files::internal {

/// The next `size` bytes of a file. Throws FileError.
[[nodiscard]] std::vector<std::byte> read_bytes(const InputFile& file, const std::string& path,
                                                std::uint64_t size);
/// All bytes of a regular file. Throws FileError.
[[nodiscard]] std::vector<std::byte> read_whole_file(const std::string& path);

}  // namespace hourglass::files::internal
