#pragma once

#include <hourglass/tensor/base/extent2.h>
#include <hourglass/tensor/tensor.h>

#include <optional>
#include <string>
#include <vector>

namespace hourglass::data {

struct ImageFolderOptions {
  std::optional<Extent2> size{};  // all images are made this large; none: they must be of one size
  bool grey = false;              // colours are left out
};
/// Pictures of a folder as examples.
struct ImageFolder {
  Tensor images;                     // (N, H, W), or (N, H, W, 3) if one of them has colours; uint8
  Tensor labels;                     // (N,) int64, the place of its subfolder; (0,) if there are none
  std::vector<std::string> classes;  // the subfolders' names, sorted
  std::vector<std::string> files;    // (N,) paths seen from the folder
};
/// The PNG and JPEG files of a folder, in the order of their names; or those of its subfolders, each of which
/// is a class, as Keras's image_dataset_from_directory has it. Other files, and those whose names begin with
/// a dot, are left aside. Throws FileError for a folder or a file that cannot be read, DataError for a folder
/// without pictures, or pictures of several sizes where none is given.
[[nodiscard]] ImageFolder read_image_folder(const std::string& path, const ImageFolderOptions& options = {});

/// A PNG or JPEG file, told by what it begins with, as uint8 (H, W) or (H, W, 3). Throws FileError.
[[nodiscard]] Tensor read_image(const std::string& path);
/// An image of another size, by triangular weights over the pixels that a new one covers (Pillow's
/// BILINEAR).    (H, W) or (H, W, C), uint8 -> uint8
/// Throws ShapeError, DTypeError.
[[nodiscard]] Tensor resized(const Tensor& image, Extent2 size);
/// Luminance 0.299 R + 0.587 G + 0.114 B (BT.601).    (H, W, 3) -> (H, W), uint8; a grey one as it is
[[nodiscard]] Tensor to_grey(const Tensor& image);

}  // namespace hourglass::data
