#include <hourglass/nn/layers/images.h>
#include <hourglass/tensor/base/error.h>

#include <cmath>

namespace hourglass::nn {

namespace {

std::string shape_text(std::int64_t height, std::int64_t width, std::int64_t channels) {
  return std::to_string(height) + ", " + std::to_string(width) + ", " + std::to_string(channels);
}

// What may have happened to images on their way, and the way out.
std::string advice(const Shape& shape, std::int64_t channels) {
  if (shape.rank() == 2) {
    const std::int64_t places = shape[1] / channels;
    const auto edge = static_cast<std::int64_t>(std::sqrt(static_cast<double>(places)));
    const bool square = edge > 0 && edge * edge * channels == shape[1];
    return ": these are rows of features, as data::Batches makes of images unless it is told "
           "{.flatten = false}; or begin with nn::Reshape({" +
           (square ? shape_text(edge, edge, channels) : "H, W, " + std::to_string(channels)) + "})";
  }
  if (shape.rank() == 3) {
    return ": an axis is missing, of channels if these are (N, H, W): begin with nn::Reshape({" +
           shape_text(shape[1], shape[2], 1) +
           "}), or take unsqueeze(x, -1); of examples if it is one image: "
           "unsqueeze(x, 0)";
  }
  return "; nn::Reshape gives a batch its axes";
}

}  // namespace

void expect_images(const Layer& layer, const Variable& x, std::optional<std::int64_t> channels) {
  const std::string wanted = channels ? std::to_string(*channels) : "C";
  if (x.rank() != 4) {
    throw ShapeError("{} expects images (N, H, W, {}), got an input of shape {}{}", layer.describe(), wanted,
                     x.shape(), advice(x.shape(), channels.value_or(1)));
  }
  if (!channels || x.shape(3) == *channels) return;
  throw ShapeError(
      "{} expects images (N, H, W, {}), but the input {} has {} channel{}; make the layer's first argument "
      "{}",
      layer.describe(), wanted, x.shape(), x.shape(3), x.shape(3) == 1 ? "" : "s", x.shape(3));
}

}  // namespace hourglass::nn
