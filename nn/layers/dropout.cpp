#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/images.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::nn {

namespace {

double checked_rate(const char* layer, double rate) {
  if (rate >= 0.0 && rate < 1.0) return rate;
  throw DataError("{}: the rate must be in [0, 1), got {}; it is the fraction that is dropped", layer, rate);
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
  expect_images(*this, x);
  if (!is_training() || rate_ == 0.0) return x;
  return x * dropout_mask({x.shape(0), 1, 1, x.shape(3)}, rate_, x.dtype());
}

std::string SpatialDropout2D::details() const { return detail::Text(rate_).characters; }

}  // namespace hourglass::nn
