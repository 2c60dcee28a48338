#include <hourglass/autoencoders/pictures.h>
#include <hourglass/data/png.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

namespace hourglass::autoencoders {

Tensor one_of_each(const Tensor& labels, std::int64_t most) {
  if (labels.rank() != 1) {
    throw ShapeError(
        "one_of_each: needs labels of shape (N,), got {}; argmax(y, 1) makes them of one-hot rows",
        labels.shape());
  }
  if (labels.dtype() != int64) {
    throw DTypeError("one_of_each: labels must be int64, got {}; convert them with y.to(hg::int64)",
                     name(labels.dtype()));
  }
  const Tensor values = labels.contiguous();
  std::map<std::int64_t, std::int64_t> seen;       // label -> how many before
  std::vector<std::array<std::int64_t, 3>> order;  // (which of its label, label, index)
  for (std::int64_t i = 0; i < values.size(); ++i) {
    const std::int64_t label = values.data<std::int64_t>()[i];
    order.push_back({seen[label]++, label, i});
  }
  std::sort(order.begin(), order.end());
  order.resize(std::min(order.size(), static_cast<std::size_t>(std::max<std::int64_t>(most, 0))));
  Tensor out(Shape{static_cast<std::int64_t>(order.size())}, int64);
  std::transform(order.begin(), order.end(), out.mutable_data<std::int64_t>(),
                 [](const auto& entry) { return entry[2]; });
  return out;
}

Tensor largest_first(const Tensor& values) {
  if (values.rank() != 1)
    throw ShapeError("largest_first: needs values of shape (N,), got {}; flatten(x) makes one row of them",
                     values.shape());
  const Tensor v = values.to(float64).contiguous();
  Tensor order(values.shape(), int64);
  std::int64_t* const to = order.mutable_data<std::int64_t>();
  std::iota(to, to + v.size(), std::int64_t{0});
  const double* const of = v.data<double>();
  std::stable_sort(to, to + v.size(), [&](std::int64_t a, std::int64_t b) {
    return of[a] > of[b] || (of[a] == of[a] && of[b] != of[b]);  // nan last
  });
  return order;
}

void save_rows(const std::string& path, const std::vector<Tensor>& rows, std::int64_t columns) {
  if (rows.empty() || columns < 1) {
    throw ShapeError(
        "save_rows: needs at least one row and one column, got {} rows and {} columns; 10 columns are the "
        "default",
        rows.size(), columns);
  }
  for (const Tensor& row : rows) {
    if (row.rank() != 3 || row.size() == 0 || row.shape() != rows.front().shape()) {
      throw ShapeError(
          "save_rows: rows must be images (N, H, W) of one shape, got {} and {}; reshape(x, {N, H, W}) "
          "makes images of rows of features",
          rows.front().shape(), row.shape());
    }
  }
  const std::int64_t n = rows.front().shape(0);
  const Shape image = rows.front().shape().without(0);
  std::vector<Tensor> bands;  // the rows of one band of columns after the other
  for (std::int64_t at = 0; at < n; at += columns) {
    for (const Tensor& row : rows) {
      const Tensor part = slice(row, 0, {at, at + columns});
      bands.push_back(part);
      const std::int64_t missing = std::min(columns, n) - part.shape(0);
      if (missing > 0) bands.push_back(zeros(image.insert(0, missing), row.dtype()));
    }
  }
  data::write_png(path, data::image_grid(concat(bands, 0), {.columns = std::min(columns, n)}));
}

void save_grid(const std::string& path, const Tensor& images, std::int64_t columns, std::int64_t gap) {
  data::write_png(path, data::image_grid(images, {.columns = columns, .gap = gap}));
}

void save_feature_maps(const std::string& path, const Tensor& maps, std::int64_t columns) {
  if (maps.rank() != 3 || maps.size() == 0)
    throw ShapeError("save_feature_maps: needs maps (H, W, C), got shape {}; x[0] takes those of one image",
                     maps.shape());
  const Tensor images = permute(maps, {2, 0, 1});
  const Tensor low = min(images, {1, 2}, {.keepdims = true}), high = max(images, {1, 2}, {.keepdims = true});
  const Tensor grey = (images - low) / maximum(high - low, 1e-12);
  data::write_png(path, data::image_grid(grey, {.columns = columns, .scale = 3}));
}

void save_features(const std::string& path, const Tensor& kernel, const Shape& image, std::int64_t most) {
  if (most < 1) throw ShapeError("save_features: shows at least one unit, got {}; 100 are the default", most);
  if (kernel.rank() != 2 || image.rank() != 2 || kernel.shape(0) != image.size() || kernel.size() == 0) {
    throw ShapeError(
        "save_features: a kernel {} does not hold images of shape {}; it must be (H*W, units), "
        "transpose(kernel) turns it around",
        kernel.shape(), image);
  }
  const Tensor units = slice(transpose(kernel), 0, {0, most});
  const Tensor largest = maximum(max(abs(units), 1, {.keepdims = true}), 1e-12);
  const Tensor grey = reshape((units / largest + 1.0) * 0.5, image.insert(0, units.shape(0)));
  data::write_png(path, data::image_grid(grey));
}

}  // namespace hourglass::autoencoders
