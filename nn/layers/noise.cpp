#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/layers/noise.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::nn {

GaussianNoise::GaussianNoise(double stddev) : stddev_(stddev) {
  if (!(stddev >= 0.0))
    throw DataError("GaussianNoise: stddev must not be negative, got {}; 0 adds no noise", stddev);
}

Variable GaussianNoise::forward(const Variable& x) {
  if (!is_training() || stddev_ == 0.0) return x;
  return x + normal(x.shape(), 0.0, stddev_, default_generator(), x.dtype());
}

std::string GaussianNoise::details() const { return detail::Text(stddev_).characters; }

}  // namespace hourglass::nn
