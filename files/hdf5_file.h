#pragma once

#include <hourglass/files/state.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hourglass::files {

/// The bytes of an HDF5 file with these sections: root attributes `format` ("hourglass") and `version` (1), a
/// data set for each tensor, little-endian, contiguous, with the SHA-256 of its bytes as an attribute. All
/// metadata carry HDF5's own checksums.
[[nodiscard]] std::vector<std::byte> hdf5_image(std::span<const Section> sections);

/// The sections in such bytes. Throws FileError, in which the file is called `path`.
[[nodiscard]] std::vector<Section> hdf5_sections(const std::string& path, std::vector<std::byte> image);

}  // namespace hourglass::files
