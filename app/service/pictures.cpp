#include <hourglass/app/service/error.h>
#include <hourglass/app/service/pictures.h>
#include <hourglass/data/png.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <fmt/format.h>

#include <span>

namespace hourglass::service {

namespace {

std::int64_t channels_of(const Shape& example) { return example.rank() == 3 ? example[2] : 1; }

Tensor read(const ServedModel& model, std::string_view file) {
  const Shape& example = model.example();
  Tensor image;
  try {
    image = data::decode_png(std::as_bytes(std::span(file)));
  } catch (const Error& e) {
    throw Refusal(400, "the body is not a PNG that can be read: " + e.message());
  }
  if (image.shape(0) != example[0] || image.shape(1) != example[1])
    throw Refusal(400, fmt::format("the image has {} x {} pixels; the model expects {} x {}; scale it",
                                   image.shape(0), image.shape(1), example[0], example[1]));
  Tensor pixels = image.to(float32) / 255.0;
  const bool colour = pixels.rank() == 3, wants_colour = channels_of(example) == 3;
  if (colour && !wants_colour) pixels = mean(pixels, 2);
  if (!colour && wants_colour) pixels = broadcast_to(unsqueeze(pixels, 2), example);
  return reshape(pixels, {1, -1});
}

}  // namespace

Tensor rows_of_pictures(const ServedModel& model, const std::vector<std::string_view>& files) {
  if (model.form() != Form::image)
    throw Refusal(415, "this model is not one of images; send application/json");
  std::vector<Tensor> rows;
  rows.reserve(files.size());
  for (const std::string_view file : files) rows.push_back(read(model, file));
  return concat(rows).contiguous();
}

std::string picture_of_rows(const ServedModel& model, const Tensor& rows) {
  const Shape& e = model.example();
  const std::int64_t n = rows.shape(0), channels = channels_of(e);
  const Tensor images = reshape(clip(rows, 0.0, 1.0), {n, e[0], e[1], channels});
  std::vector<Tensor> planes;  // a grid for each colour, put together again
  for (std::int64_t c = 0; c < channels; ++c) {
    const Tensor plane = reshape(slice(images, 3, {c, c + 1}), {n, e[0], e[1]});
    planes.push_back(n == 1 ? plane[0] : data::image_grid(plane.contiguous(), {.scale = 1}));
  }
  const std::vector<std::byte> file = data::encode_png(planes.size() == 1 ? planes[0] : stack(planes, 2));
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

}  // namespace hourglass::service
