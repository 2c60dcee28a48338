#pragma once

#include <cstddef>
#include <cstdint>

/// What the reader demands of a model file and the writer therefore keeps to.
namespace hourglass::files::hdf5 {

inline constexpr const char* kFormat = "hourglass";  // attributes of the root
// Version 1 has values alone; 2 also says what they are of (files/internal/description.h).
inline constexpr std::int64_t kVersion = 2, kEarliestVersion = 1;
inline constexpr const char* kChecksum = "sha256";  // attribute of each data set

inline constexpr std::size_t kMostSections = 256;
inline constexpr std::size_t kDeepest = 64;                          // groups inside a section
inline constexpr std::size_t kLongestName = 512;                     // bytes, of a section or a tensor
inline constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 62;  // of a tensor

}  // namespace hourglass::files::hdf5
