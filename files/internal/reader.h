#pragma once

#include <hourglass/files/state.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hourglass::files::hdf5 {

/// The sections in the bytes of a file, sorted by name. Throws FileError, in which the file is called `path`.
[[nodiscard]] std::vector<Section> read_sections(const std::string& path, std::span<const std::byte> bytes);

}  // namespace hourglass::files::hdf5
