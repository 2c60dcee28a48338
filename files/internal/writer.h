#pragma once

#include <hourglass/files/internal/builder.h>
#include <hourglass/files/state.h>

#include <span>

namespace hourglass::files::hdf5 {

/// The bytes of an HDF5 file with these sections: root attributes `format` ("hourglass") and `version` (2), a
/// data set for each tensor, little-endian, contiguous, with the SHA-256 of its bytes as an attribute. All
/// metadata carry HDF5's own checksums; no times are stored, so equal sections give equal bytes.
/// Throws FileError for what could not be read again: names that are used twice, stand for a tensor and a
/// group, are too long or have empty components, slashes or zeros in them.
[[nodiscard]] FileImage image_of(std::span<const Section> sections);

}  // namespace hourglass::files::hdf5
