#pragma once

#include <hourglass/files/internal/values.h>
#include <hourglass/tensor/tensor.h>

namespace hourglass::files::hdf5 {

/// What a data set holds: numbers of a type that tensors have, contiguous in the file.
struct DataSet {
  DType dtype;
  Shape shape;
  Bytes bytes;
  [[nodiscard]] Tensor tensor() const;  // a copy
};

/// Throws FileError for what is compressed, chunked or in another file, for other types, and for sizes that
/// do not fit the shape. `name` is what the texts call it.
[[nodiscard]] DataSet read_data_set(Image& image, const Object& set, const std::string& name);

}  // namespace hourglass::files::hdf5
