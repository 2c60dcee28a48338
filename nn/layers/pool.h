#pragma once

#include <hourglass/autograd/ops/pool.h>
#include <hourglass/nn/module.h>

/// Layers that change the size of images (N, H, W, C), with Keras's names and defaults.
namespace hourglass::nn {

/// The largest value of each window, see max_pool2d.    MaxPool2D({.window = 2, .stride = 2})
class MaxPool2D final : public Layer {
 public:
  explicit MaxPool2D(const Pool2DOptions& options = {}) : options_(options) {}
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;  // "2x2", "3x3, stride 2, same"

  using Config = Pool2DOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  Pool2DOptions options_;
};

/// The mean of each window, see average_pool2d.
class AveragePool2D final : public Layer {
 public:
  explicit AveragePool2D(const Pool2DOptions& options = {}) : options_(options) {}
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  using Config = Pool2DOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  Pool2DOptions options_;
};

struct GlobalPoolOptions {
  bool keepdims = false;
};
template <class V>
void visit(GlobalPoolOptions& o, V&& v) {
  v("keepdims", o.keepdims);
}
/// The mean over all places.    (N, H, W, C) -> (N, C), or (N, 1, 1, C) with keepdims
class GlobalAveragePool2D final : public Layer {
 public:
  explicit GlobalAveragePool2D(const GlobalPoolOptions& options = {}) : options_(options) {}
  Variable forward(const Variable& x) override;

  using Config = GlobalPoolOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  GlobalPoolOptions options_;
};

struct UpSampling2DOptions {
  Extent2 factor = 2;
  Interpolation interpolation = Interpolation::nearest;
};
template <class V>
void visit(UpSampling2DOptions& o, V&& v) {
  v("factor", o.factor), v("interpolation", o.interpolation);
}
/// Images made larger, see upsample2d.    (N, H, W, C) -> (N, H f, W f, C)
class UpSampling2D final : public Layer {
 public:
  explicit UpSampling2D(const UpSampling2DOptions& options = {}) : options_(options) {}
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;  // "2x2, bilinear"

  using Config = UpSampling2DOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  UpSampling2DOptions options_;
};

/// How many rows and columns at each edge: {1}, all the same; {2, 1}, rows above and below, columns left and
/// right; {0, 1, 0, 1}, top, bottom, left, right.
struct Edges2D {
  Edges2D() : Edges2D(0) {}
  Edges2D(std::int64_t all) : Edges2D(all, all) {}  // NOLINT(google-explicit-constructor)
  Edges2D(std::int64_t rows, std::int64_t columns) : Edges2D(rows, rows, columns, columns) {}
  Edges2D(std::int64_t at_top, std::int64_t at_bottom, std::int64_t at_left, std::int64_t at_right)
      : top(at_top), bottom(at_bottom), left(at_left), right(at_right) {}
  std::int64_t top, bottom, left, right;
};
template <class V>
void visit(Edges2D& o, V&& v) {
  v("top", o.top), v("bottom", o.bottom), v("left", o.left), v("right", o.right);
}

/// Rows and columns of zeros around images.    (N, H, W, C) -> (N, H + top + bottom, W + left + right, C)
/// Throws ShapeError for negative numbers.
class ZeroPadding2D final : public Layer {
 public:
  explicit ZeroPadding2D(const Edges2D& edges = 1);
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  using Config = Edges2D;
  [[nodiscard]] const Config& config() const { return edges_; }

 private:
  Edges2D edges_;
};

/// Edges cut off images.    (N, H, W, C) -> (N, H − top − bottom, W − left − right, C)
/// Throws ShapeError for negative numbers, or if nothing is left.
class Cropping2D final : public Layer {
 public:
  explicit Cropping2D(const Edges2D& edges = 0);
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  using Config = Edges2D;
  [[nodiscard]] const Config& config() const { return edges_; }

 private:
  Edges2D edges_;
};

}  // namespace hourglass::nn
