#pragma once

#include <hourglass/tensor/tensor.h>

#include <string>
#include <vector>

namespace hourglass::autoencoders {

/// Rows of square images above each other, the i-th of each row in column i: originals above reconstructions.
/// Each row is (N, H·H) or (N, H, H); values in [0, 1].    -> PNG at `path`. Throws ShapeError, FileError.
void save_rows(const std::string& path, const std::vector<Tensor>& rows);

/// What hidden units look for: the columns of a kernel (H·H, units) as images, each stretched to its own
/// range, mid grey = 0.
void save_features(const std::string& path, const Tensor& kernel, std::int64_t most = 100);

}  // namespace hourglass::autoencoders
