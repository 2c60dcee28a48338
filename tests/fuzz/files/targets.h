#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

/// What the fuzzers of file readers call. Each gives bytes to a reader of the library and accepts a value or
/// a FileError; anything else ends the program.
namespace hourglass::fuzz {

using Bytes = std::vector<std::byte>;

/// A model file; one that loads is saved again and has to load the same.
void read_model(std::span<const std::byte> bytes);
/// An IDX file, plain or gzipped.
void read_idx(std::span<const std::byte> bytes);
void read_png(std::span<const std::byte> bytes);

/// The same model file with right checksums, of its structure and of its data, as far as it can be followed.
[[nodiscard]] Bytes repaired(std::span<const std::byte> bytes);

}  // namespace hourglass::fuzz
