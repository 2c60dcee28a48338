#pragma once

#include <hourglass/files/internal/image.h>

namespace hourglass::files::hdf5 {

/// The two comparisons that tell a damaged file. They have a source file of their own so that the fuzzer can
/// put others in their place, which write what is right into `stored`: a changed file then gets beyond its
/// checksums.

/// Whether four bytes of a file are this checksum.
[[nodiscard]] bool is_checksum(Bytes stored, std::uint32_t computed);
/// Whether the text that an attribute (with these bytes) stands for is this digest.
[[nodiscard]] bool is_digest(Bytes stored, std::string_view text, std::string_view computed);

}  // namespace hourglass::files::hdf5
