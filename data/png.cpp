#include <hourglass/data/png.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <png.h>

#include <cmath>
#include <vector>

namespace hourglass::data {

namespace {

Tensor as_bytes(const char* op, const Tensor& image) {
  if (image.dtype() == uint8) return image.contiguous();
  if (image.dtype() != float32)
    throw DTypeError("{}: images must be uint8 or float32, got {}; convert them with x.to(hg::float32)", op,
                     name(image.dtype()));
  if (image.size() > 0 && max(not_equal(image, image)).item() != 0.0) {
    throw DataError(
        "{}: the images {} hold nan; pixels must be numbers; look with all_finite(x) at what made them", op,
        image.shape());
  }
  return (clip(image, 0.0, 1.0) * 255.0 + 0.5).to(uint8).contiguous();
}

std::vector<std::byte> encode(const char* op, const Tensor& image) {
  const bool colour = image.rank() == 3 && image.shape(2) == 3;
  const bool grey = image.rank() == 2 || (image.rank() == 3 && image.shape(2) == 1);
  if ((!grey && !colour) || image.size() == 0) {
    throw ShapeError(
        "{}: needs an image of shape (H, W), (H, W, 1) or (H, W, 3), got {}; image_grid(x) makes one of many",
        op, image.shape());
  }
  const Tensor bytes = as_bytes(op, image);
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.shape(1));
  header.height = static_cast<png_uint_32>(image.shape(0));
  header.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::vector<std::byte> file(size);
  if (!png_image_write_to_memory(&header, file.data(), &size, 0, bytes.data<std::uint8_t>(), 0, nullptr))
    throw DataError("{}: an image {} cannot be encoded: {}; a smaller one may be possible", op, image.shape(),
                    header.message);
  file.resize(size);
  return file;
}

}  // namespace

std::vector<std::byte> encode_png(const Tensor& image) { return encode("encode_png", image); }

void write_png(const std::string& path, const Tensor& image) {
  write_atomically("write_png", path, encode("write_png", image));
}

namespace {

// The image that a reader has begun, from a file of so many bytes. Throws E; `whose` begins its text.
template <class E>
Tensor finish(png_image& header, std::uint64_t bytes, const std::string& whose) {
  const bool colour = (header.format & PNG_FORMAT_FLAG_COLOR) != 0;
  header.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  const std::int64_t rows = header.height, columns = header.width;
  constexpr double kMostPacked = 8.0 * 1032;  // of deflate, for pixels of one bit
  if (static_cast<double>(rows) * static_cast<double>(columns) > kMostPacked * static_cast<double>(bytes)) {
    png_image_free(&header);
    throw E("{}: {} bytes cannot hold the {} x {} pixels of the header; write it again", whose, bytes, rows,
            columns);
  }
  Tensor out(colour ? Shape{rows, columns, 3} : Shape{rows, columns}, uint8);
  const png_color black{};  // under what is transparent
  if (!png_image_finish_read(&header, &black, out.mutable_data<std::uint8_t>(), 0, nullptr))
    throw E("{}: {}; only whole PNG files can be read", whose, header.message);
  return out;
}

}  // namespace

Tensor read_png(const std::string& path) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  const InputFile file = open_input("read_png", path);
  if (!png_image_begin_read_from_stdio(&header, file.stream.get()))
    throw FileError("read_png: {}: {}; only whole PNG files can be read", path, header.message);
  return finish<FileError>(header, file.size, "read_png: " + path);
}

Tensor decode_png(std::span<const std::byte> file) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&header, file.data(), file.size()))
    throw DataError("decode_png: {}; only whole PNG files can be read", header.message);
  return finish<DataError>(header, file.size(), "decode_png");
}

Tensor image_grid(const Tensor& images, GridOptions options) {
  if (images.rank() != 3 || images.size() == 0)
    throw ShapeError(
        "image_grid: needs images of shape (N, H, W), got {}; unsqueeze(x, 0) makes an axis of one, "
        "squeeze(x, 3) drops one channel",
        images.shape());
  if (options.columns < 0 || options.gap < 0 || options.scale < 1) {
    throw DataError(
        "image_grid: needs columns >= 0, gap >= 0, scale >= 1, got {}, {}, {}; leave out what need not be "
        "set",
        options.columns, options.gap, options.scale);
  }
  const std::int64_t n = images.shape(0), scale = options.scale;
  const std::int64_t columns = options.columns > 0
                                   ? options.columns
                                   : static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(n))));
  const std::int64_t rows = (n - 1) / columns + 1;
  const char* const op = "image_grid";
  const std::int64_t high = checked_product(op, images.shape(1), scale);
  const std::int64_t wide = checked_product(op, images.shape(2), scale);
  const auto along = [&](std::int64_t count, std::int64_t extent) {  // with gaps between and around
    return checked_sum(op, options.gap, checked_product(op, count, checked_sum(op, extent, options.gap)));
  };
  constexpr double kGround = 96;
  Tensor grid = full({along(rows, high), along(columns, wide)}, kGround, uint8);
  const Tensor bytes = as_bytes("image_grid", images);
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t top = options.gap + i / columns * (high + options.gap),
                       left = options.gap + i % columns * (wide + options.gap);
    Tensor place = slice(grid, {Slice{top, top + high}, Slice{left, left + wide}});
    const Tensor pixel_blocks = reshape(bytes[i], {images.shape(1), 1, images.shape(2), 1});
    place.copy_from(
        reshape(broadcast_to(pixel_blocks, {images.shape(1), scale, images.shape(2), scale}), {high, wide}));
  }
  return grid;
}

}  // namespace hourglass::data
