#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hourglass::data {

/// The array in a .npy file, as numpy.save writes it (format 1.0, 2.0 and 3.0): float32, float64, int64 and
/// uint8 as they are, bool as uint8, other integers as int64; in either order of the axes. Throws FileError
/// for a file that is missing or not of that format, is shorter or longer than its header says, or holds
/// another type, such as texts, objects (nothing in a file is run), float16, or big-endian numbers.
[[nodiscard]] Tensor read_npy(const std::string& path);
/// The same of bytes; errors call them `name`.
[[nodiscard]] Tensor parse_npy(std::span<const std::byte> bytes, const std::string& name);

/// The names of the arrays in a .npz file, as numpy.savez and savez_compressed write it, and one of them.
/// Throws FileError as parse_npy, for an archive that is damaged, and for a name that is not there.
[[nodiscard]] std::vector<std::string> npz_names(const std::string& path);
[[nodiscard]] Tensor read_npz(const std::string& path, const std::string& name);

/// Writes a tensor of any type as format 1.0. The file appears whole or not at all. Throws FileError.
void write_npy(const std::string& path, const Tensor& x);
/// What write_npy would write.
[[nodiscard]] std::vector<std::byte> encode_npy(const Tensor& x);

}  // namespace hourglass::data
