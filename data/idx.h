#pragma once

#include <hourglass/tensor/tensor.h>

#include <string>

/// Data sets, readers, batches and image files.
namespace hourglass::data {

/// The uint8 tensor in an IDX file, the format of MNIST: two zero bytes, the type code 8, the number of axes,
/// the extents as big-endian 32-bit numbers, the elements. Gzip is recognised by itself. Throws FileError if
/// the file is missing, of another form, or shorter or longer than its header says; memory is taken as data
/// arrive, never by the header's word.
[[nodiscard]] Tensor read_idx(const std::string& path);

/// Writes a uint8 tensor as an IDX file, plain. Throws FileError.
void write_idx(const std::string& path, const Tensor& x);

}  // namespace hourglass::data
