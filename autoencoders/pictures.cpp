#include <hourglass/autoencoders/pictures.h>
#include <hourglass/data/png.h>
#include <hourglass/tensor/elementwise.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/join.h>
#include <hourglass/tensor/reduce.h>
#include <hourglass/tensor/views.h>

#include <cmath>

namespace hourglass::autoencoders {

namespace {

Tensor as_images(const Tensor& x) {
  if (x.rank() == 3) return x;
  const std::int64_t features = x.rank() == 2 ? x.shape(1) : 0;
  const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(features))));
  if (side == 0 || side * side != features)
    throw ShapeError("pictures: needs square images, got shape {}", x.shape());
  return reshape(x, {x.shape(0), side, side});
}

}  // namespace

void save_rows(const std::string& path, const std::vector<Tensor>& rows) {
  std::vector<Tensor> images;
  for (const Tensor& row : rows) images.push_back(as_images(row));
  if (images.empty()) throw ShapeError("save_rows: needs at least one row");
  data::write_png(path, data::image_grid(concat(images, 0), {.columns = images.front().shape(0)}));
}

void save_features(const std::string& path, const Tensor& kernel, std::int64_t most) {
  const Tensor units = slice(transpose(kernel), 0, {0, most});
  const Tensor largest = maximum(max(abs(units), 1, {.keepdims = true}), 1e-12);
  data::write_png(path, data::image_grid(as_images((units / largest + 1.0) * 0.5)));
}

}  // namespace hourglass::autoencoders
