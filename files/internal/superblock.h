#pragma once

#include <hourglass/files/internal/image.h>

namespace hourglass::files::hdf5 {

/// Throws FileError, in which the file is called `path`, unless its first bytes (96, or all of a smaller
/// file) are those of an HDF5 file of `size` bytes: a cheap question before it is read whole.
void check_beginning(const std::string& path, std::span<const std::byte> first, std::uint64_t size);

/// The address of the root group of a whole file, whose first block is taken.
[[nodiscard]] std::uint64_t read_root_address(Image& image);

}  // namespace hourglass::files::hdf5
