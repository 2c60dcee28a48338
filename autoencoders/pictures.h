#pragma once

#include <hourglass/tensor/tensor.h>

#include <string>
#include <vector>

namespace hourglass::autoencoders {

/// For each label in turn, the first image that has it, then the second of each, … : which images to show so
/// that all kinds are seen.    labels (N,) int64 -> at most `most` indices, int64. Throws DTypeError,
/// ShapeError.
[[nodiscard]] Tensor one_of_each(const Tensor& labels, std::int64_t most);

/// The indices that sort values downwards, nan last.    (N,) -> (N,) int64. Throws ShapeError.
[[nodiscard]] Tensor largest_first(const Tensor& values);

/// Rows of images above each other, the i-th of each row in one column: originals above reconstructions. More
/// than `columns` images go on below.    each (N, H, W), values in [0, 1] -> PNG at `path`. Throws
/// ShapeError, FileError.
void save_rows(const std::string& path, const std::vector<Tensor>& rows, std::int64_t columns = 10);

/// Images one after the other, without gaps if gap is 0: a walk over a plane of codes.    (N, H, W)
/// Throws ShapeError, FileError.
void save_grid(const std::string& path, const Tensor& images, std::int64_t columns, std::int64_t gap = 2);

/// The maps that a convolution makes of one image, each stretched to its own range.    (H, W, C) -> C images
/// Throws ShapeError, FileError.
void save_feature_maps(const std::string& path, const Tensor& maps, std::int64_t columns = 8);

/// What hidden units look for: the columns of a kernel (H·W, units) as images, each stretched to its own
/// range, mid grey = 0. `image` is (H, W). Throws ShapeError, FileError.
void save_features(const std::string& path, const Tensor& kernel, const Shape& image,
                   std::int64_t most = 100);

}  // namespace hourglass::autoencoders
