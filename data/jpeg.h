#pragma once

#include <hourglass/tensor/tensor.h>

#include <string>

namespace hourglass::data {

/// A JPEG file as uint8 (H, W), or (H, W, 3) if it has colours. Throws FileError for a file that is missing,
/// damaged or cut short, or would be many times larger than what a JPEG of its size can hold.
[[nodiscard]] Tensor read_jpeg(const std::string& path);

}  // namespace hourglass::data
