#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/images.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

namespace {

std::string text(Extent2 e) { return std::to_string(e.rows) + "x" + std::to_string(e.columns); }

std::string text(const Pool2DOptions& o) {
  std::string s = text(o.window);
  if (o.stride && *o.stride != o.window) {
    const bool both = o.stride->rows == o.stride->columns;
    s += ", stride " + (both ? std::to_string(o.stride->rows) : text(*o.stride));
  }
  if (o.padding.kind == Padding::Kind::same) s += ", same";
  return s;
}

std::string text(const Edges2D& e) {
  const auto pair = [](std::int64_t a, std::int64_t b) {
    return std::to_string(a) + "," + std::to_string(b);
  };
  return "rows " + pair(e.top, e.bottom) + ", columns " + pair(e.left, e.right);
}

Edges2D checked(const char* layer, const Edges2D& e) {
  if (e.top >= 0 && e.bottom >= 0 && e.left >= 0 && e.right >= 0) return e;
  throw ShapeError("{}: edges must not be negative, got {}; ZeroPadding2D adds them, Cropping2D cuts them",
                   layer, text(e));
}

}  // namespace

Variable MaxPool2D::forward(const Variable& x) {
  expect_images(*this, x);
  return max_pool2d(x, options_);
}
std::string MaxPool2D::details() const { return text(options_); }

Variable AveragePool2D::forward(const Variable& x) {
  expect_images(*this, x);
  return average_pool2d(x, options_);
}
std::string AveragePool2D::details() const { return text(options_); }

Variable GlobalAveragePool2D::forward(const Variable& x) {
  expect_images(*this, x);
  return mean(x, {1, 2}, {.keepdims = options_.keepdims});
}

Variable UpSampling2D::forward(const Variable& x) {
  expect_images(*this, x);
  return upsample2d(x, options_.factor, options_.interpolation);
}

std::string UpSampling2D::details() const {
  return text(options_.factor) + (options_.interpolation == Interpolation::bilinear ? ", bilinear" : "");
}

ZeroPadding2D::ZeroPadding2D(const Edges2D& edges) : edges_(checked("ZeroPadding2D", edges)) {}

Variable ZeroPadding2D::forward(const Variable& x) {
  expect_images(*this, x);
  return pad(x, {{0, 0}, {edges_.top, edges_.bottom}, {edges_.left, edges_.right}, {0, 0}});
}

std::string ZeroPadding2D::details() const { return text(edges_); }

Cropping2D::Cropping2D(const Edges2D& edges) : edges_(checked("Cropping2D", edges)) {}

Variable Cropping2D::forward(const Variable& x) {
  expect_images(*this, x);
  const std::int64_t bottom = x.shape(1) - edges_.bottom, right = x.shape(2) - edges_.right;
  if (bottom <= edges_.top || right <= edges_.left)
    throw ShapeError("{} leaves nothing of an input of shape {}; crop less", describe(), x.shape());
  return slice(slice(x, 1, {edges_.top, bottom}), 2, {edges_.left, right});
}

std::string Cropping2D::details() const { return text(edges_); }

}  // namespace hourglass::nn
