#pragma once

#include <hourglass/tensor/tensor.h>

#include <string>
#include <vector>

namespace hourglass::data {

/// The arrays of numbers in an HDF5 file, by their paths: "x", "train/images"; sorted. Throws as read_hdf5.
[[nodiscard]] std::vector<std::string> hdf5_names(const std::string& path);
/// One of them: float32, float64, int64 and uint8 as they are, other whole numbers as int64, float16 as
/// float32; chunked and compressed (gzip, szip, shuffle) ones too. Throws FileError for a file that is
/// missing or damaged, for an array that is not there (those that are are listed), holds something else, has
/// more than 8 axes, lies in other files, or is larger than memory may be taken for: 1032 times the file,
/// gzip's limit.
///
/// Read by the HDF5 library, without plugins: for one's own data. Links to other files are not followed.
[[nodiscard]] Tensor read_hdf5(const std::string& path, const std::string& name);

}  // namespace hourglass::data
