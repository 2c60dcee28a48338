#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/layers.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>

namespace hourglass::nn {

Variable Flatten::forward(const Variable& x) {
  if (x.rank() < 1) throw ShapeError("Flatten: needs a batch axis, got shape {}", x.shape());
  const std::int64_t rows = x.shape(0);
  return reshape(x, {rows, x.shape().without(0).size()});
}

Variable Reshape::forward(const Variable& x) {
  if (x.rank() < 1) throw ShapeError("Reshape: needs a batch axis, got shape {}", x.shape());
  const std::int64_t features = x.shape().without(0).size();
  std::int64_t known = 1, open = 0;
  for (const std::int64_t extent : shape_) extent == -1 ? ++open : known *= extent;
  const bool fits = open == 0 ? known == features : open == 1 && known > 0 && features % known == 0;
  if (!fits) {
    throw ShapeError("{}: cannot make it of the {} elements of each part of an input of shape {}", describe(),
                     features, x.shape());
  }
  std::vector<std::int64_t> extents{x.shape(0)};
  for (const std::int64_t extent : shape_) extents.push_back(extent == -1 ? features / known : extent);
  return reshape(x, Shape(extents));
}

std::string Reshape::details() const {
  std::string text;
  for (const std::int64_t extent : shape_) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return text;
}

RepeatVector::RepeatVector(std::int64_t n) : n_(n) {
  if (n < 1) throw DataError("RepeatVector: needs at least one step, got {}", n);
}

Variable RepeatVector::forward(const Variable& x) {
  if (x.rank() != 2)
    throw ShapeError("{} expects features (N, F), got an input of shape {}", describe(), x.shape());
  return broadcast_to(unsqueeze(x, 1), {x.shape(0), n_, x.shape(1)});
}

std::string RepeatVector::details() const { return std::to_string(n_); }

namespace {

double checked_rate(const char* layer, double rate) {
  if (rate >= 0.0 && rate < 1.0) return rate;
  throw DataError("{}: the rate must be in [0, 1), got {}", layer, rate);
}

// 0 with probability `rate`, else 1 / (1 − rate), so that the mean stays 1.
Tensor dropout_mask(const Shape& shape, double rate, DType dtype) {
  return bernoulli(shape, 1.0 - rate, default_generator(), dtype) * (1.0 / (1.0 - rate));
}

}  // namespace

Dropout::Dropout(double rate) : rate_(checked_rate("Dropout", rate)) {}

Variable Dropout::forward(const Variable& x) {
  if (!is_training() || rate_ == 0.0) return x;
  return x * dropout_mask(x.shape(), rate_, x.dtype());
}

std::string Dropout::details() const { return detail::Text(rate_).characters; }

SpatialDropout2D::SpatialDropout2D(double rate) : rate_(checked_rate("SpatialDropout2D", rate)) {}

Variable SpatialDropout2D::forward(const Variable& x) {
  if (x.rank() != 4)
    throw ShapeError("{} expects images (N, H, W, C), got an input of shape {}", describe(), x.shape());
  if (!is_training() || rate_ == 0.0) return x;
  return x * dropout_mask({x.shape(0), 1, 1, x.shape(3)}, rate_, x.dtype());
}

std::string SpatialDropout2D::details() const { return detail::Text(rate_).characters; }

GaussianNoise::GaussianNoise(double stddev) : stddev_(stddev) {
  if (!(stddev >= 0.0)) throw DataError("GaussianNoise: stddev must not be negative, got {}", stddev);
}

Variable GaussianNoise::forward(const Variable& x) {
  if (!is_training() || stddev_ == 0.0) return x;
  return x + normal(x.shape(), 0.0, stddev_, default_generator(), x.dtype());
}

std::string GaussianNoise::details() const { return detail::Text(stddev_).characters; }

}  // namespace hourglass::nn
