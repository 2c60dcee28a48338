#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hourglass::data {

/// Writes an image as PNG: (H, W) or (H, W, 1) grey, (H, W, 3) colour; uint8, or float32 in [0, 1], clipped.
/// The file appears whole or not at all. Throws FileError, ShapeError, DTypeError, and DataError for nan.
void write_png(const std::string& path, const Tensor& image);
/// What write_png would write, as bytes. Throws as it does.
[[nodiscard]] std::vector<std::byte> encode_png(const Tensor& image);
/// A PNG file as uint8 (H, W) or (H, W, 3). Throws FileError.
[[nodiscard]] Tensor read_png(const std::string& path);
/// The same of a file's bytes. Throws DataError.
[[nodiscard]] Tensor decode_png(std::span<const std::byte> file);

struct GridOptions {
  std::int64_t columns = 0;  // 0: as many as make it about square
  std::int64_t gap = 2;      // pixels between images and around them
  std::int64_t scale = 2;    // each pixel becomes scale × scale
};
/// Images in rows on a grey ground, left to right, top to bottom.    (N, H, W) uint8 or float32 in [0, 1] ->
/// (H', W') uint8
[[nodiscard]] Tensor image_grid(const Tensor& images, GridOptions options = {});

}  // namespace hourglass::data
