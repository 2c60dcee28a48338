#include <hourglass/data/image_folder.h>
#include <hourglass/data/jpeg.h>
#include <hourglass/data/png.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string_view>

namespace hourglass::data {

namespace {

namespace fs = std::filesystem;

bool is_picture(const fs::directory_entry& entry) {
  std::string ending = entry.path().extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return entry.is_regular_file() && entry.path().filename().string()[0] != '.' &&
         (ending == ".png" || ending == ".jpg" || ending == ".jpeg");
}

struct Names {
  std::vector<std::string> pictures, folders;
};
Names names_in(const std::string& path) {
  std::error_code error;
  fs::directory_iterator at(path, error);
  if (error)
    throw FileError("read_image_folder: cannot open {}: {}; look at the path, and at who may read it", path,
                    error.message());
  Names out;
  for (const fs::directory_entry& entry : at) {
    const std::string name = entry.path().filename().string();
    if (is_picture(entry)) out.pictures.push_back(name);
    if (entry.is_directory() && name[0] != '.') out.folders.push_back(name);
  }
  std::sort(out.pictures.begin(), out.pictures.end());
  std::sort(out.folders.begin(), out.folders.end());
  return out;
}

std::string within(const std::string& folder, const std::string& name) {
  return std::string(folder).append("/").append(name);
}

// The files of a folder or of its classes, and of which each is.
void list(const std::string& path, ImageFolder& out, std::vector<std::int64_t>& labels) {
  const Names top = names_in(path);
  out.files = top.pictures;
  if (!out.files.empty()) return;
  for (const std::string& folder : top.folders) {
    const Names inside = names_in(within(path, folder));
    if (inside.pictures.empty()) continue;
    for (const std::string& name : inside.pictures) {
      out.files.push_back(within(folder, name));
      labels.push_back(std::ssize(out.classes));
    }
    out.classes.push_back(folder);
  }
}

// (new, old): triangles of the width of an old or a new pixel, whichever is larger; each row adds up to 1.
Tensor weights(std::int64_t before, std::int64_t after) {
  Tensor out = zeros({after, before});
  const double scale = static_cast<double>(before) / static_cast<double>(after), reach = std::max(1.0, scale);
  for (std::int64_t i = 0; i < after; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    float* const row = out.mutable_data<float>() + i * before;
    double total = 0.0;
    for (std::int64_t k = 0; k < before; ++k)
      total += std::max(0.0, 1.0 - std::abs(static_cast<double>(k) + 0.5 - centre) / reach);
    for (std::int64_t k = 0; k < before; ++k)
      row[k] = static_cast<float>(
          std::max(0.0, 1.0 - std::abs(static_cast<double>(k) + 0.5 - centre) / reach) / total);
  }
  return out;
}

Tensor rounded(const Tensor& x) { return (clip(x, 0.0, 255.0) + 0.5).to(uint8); }

Tensor with_colours(const Tensor& image) {
  return image.rank() == 3 ? image : stack({image, image, image}, 2);
}

}  // namespace

Tensor read_image(const std::string& path) {
  unsigned char first = 0;
  {
    const InputFile file = open_input("read_image", path);
    if (std::fread(&first, 1, 1, file.stream.get()) != 1)
      throw FileError("read_image: {} is empty; copy it again", path);
  }
  constexpr unsigned char kJpeg = 0xff;
  return first == kJpeg ? read_jpeg(path) : read_png(path);
}

Tensor to_grey(const Tensor& image) {
  if (image.rank() == 2) return image;
  const Tensor x = image.to(float32);
  const auto channel = [&](std::int64_t c) { return squeeze(slice(x, 2, {c, c + 1}), 2); };
  return rounded(0.299 * channel(0) + 0.587 * channel(1) + 0.114 * channel(2));
}

Tensor resized(const Tensor& image, Extent2 size) {
  if ((image.rank() != 2 && image.rank() != 3) || image.size() == 0 || size.rows < 1 || size.columns < 1)
    throw ShapeError(
        "resized: needs an image (H, W) or (H, W, C) and a size of 1 x 1 at least, got {} and {} x {}; "
        "x[i] is one of many",
        image.shape(), size.rows, size.columns);
  if (image.dtype() != uint8)
    throw DTypeError("resized: needs a uint8 image, got {}; convert it with x.to(hg::uint8)",
                     name(image.dtype()));
  if (image.shape(0) == size.rows && image.shape(1) == size.columns) return image;
  const std::int64_t h = image.shape(0), w = image.shape(1), c = image.rank() == 3 ? image.shape(2) : 1;
  const Tensor rows = matmul(weights(h, size.rows), reshape(image.to(float32), {h, w * c}));  // (H', W·C)
  const Tensor turned =
      reshape(permute(reshape(rows, {size.rows, w, c}), {1, 0, 2}).contiguous(), {w, size.rows * c});
  const Tensor both = reshape(matmul(weights(w, size.columns), turned), {size.columns, size.rows, c});
  const Tensor out = rounded(permute(both, {1, 0, 2})).contiguous();
  return image.rank() == 3 ? out : reshape(out, {size.rows, size.columns});
}

ImageFolder read_image_folder(const std::string& path, const ImageFolderOptions& options) {
  ImageFolder out;
  std::vector<std::int64_t> labels;
  list(path, out, labels);
  if (out.files.empty())
    throw DataError(
        "read_image_folder: {} has no .png, .jpg or .jpeg in it or in its folders; is it the right one?",
        path);
  std::vector<Tensor> images;
  bool colour = false;
  for (const std::string& file : out.files) {
    Tensor image = read_image(within(path, file));
    if (options.grey) image = to_grey(image);
    if (options.size) image = resized(image, *options.size);
    colour = colour || image.rank() == 3;
    if (!images.empty() && (image.shape(0) != images[0].shape(0) || image.shape(1) != images[0].shape(1)))
      throw DataError("read_image_folder: {} is {} x {}, but {} is {} x {}; give a size that all are made",
                      file, image.shape(0), image.shape(1), out.files[0], images[0].shape(0),
                      images[0].shape(1));
    images.push_back(std::move(image));
  }
  if (colour) std::transform(images.begin(), images.end(), images.begin(), with_colours);
  out.images = stack(images, 0);
  if (!labels.empty()) out.labels = from_span<std::int64_t>(labels, {std::ssize(labels)});
  return out;
}

}  // namespace hourglass::data
