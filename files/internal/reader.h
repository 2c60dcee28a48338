#pragma once

#include <hourglass/files/state.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hourglass::files::hdf5 {

/// Throws FileError, in which the file is called `path`, unless its first bytes (96, or all of a smaller
/// file) are those of an HDF5 file of `size` bytes: a cheap question before it is read whole.
void check_beginning(const std::string& path, std::span<const std::byte> first, std::uint64_t size);

/// The sections in the bytes of a file, sorted by name. Throws FileError, in which the file is called `path`.
[[nodiscard]] std::vector<Section> read_sections(const std::string& path, std::span<const std::byte> bytes);

}  // namespace hourglass::files::hdf5
