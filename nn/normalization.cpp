#include <hourglass/autograd/elementwise.h>
#include <hourglass/nn/normalization.h>
#include <hourglass/tensor/elementwise.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/factory.h>

namespace hourglass::nn {

namespace {

std::int64_t checked(const char* layer, std::int64_t features, double epsilon) {
  if (features < 1) throw ShapeError("{}: needs at least one feature, got {}", layer, features);
  if (!(epsilon > 0.0)) throw DataError("{}: epsilon must be positive, got {}", layer, epsilon);
  return features;
}

void expect_last_axis(const Layer& layer, const Variable& x, std::int64_t features, int least_rank) {
  if (x.rank() >= least_rank && x.shape(-1) == features) return;
  throw ShapeError("{} expects {} along the last of {} axes or more, got an input of shape {}",
                   layer.describe(), features, least_rank, x.shape());
}

}  // namespace

BatchNormalization::BatchNormalization(std::int64_t channels, const BatchNormalizationOptions& o)
    : moving_mean(zeros({checked("BatchNormalization", channels, o.epsilon)}, o.dtype)),
      moving_variance(ones({channels}, o.dtype)),
      options_(o) {
  if (!(o.momentum >= 0.0 && o.momentum <= 1.0))
    throw DataError("BatchNormalization: the momentum must be in [0, 1], got {}", o.momentum);
  if (o.scale) gamma = Variable::parameter(ones({channels}, o.dtype));
  if (o.center) beta = Variable::parameter(zeros({channels}, o.dtype));
}

void BatchNormalization::follow(const Tensor& x) {
  if (x.size() == 0) return;
  const Axes axes = all_but_last(x.rank());
  const double old = options_.momentum;
  moving_mean = moving_mean * old + mean(x, axes) * (1.0 - old);
  moving_variance = moving_variance * old + var(x, axes) * (1.0 - old);
}

Variable BatchNormalization::forward(const Variable& x) {
  expect_last_axis(*this, x, moving_mean.size(), 2);
  if (is_training()) {
    follow(x.value());
    return batch_norm(x, gamma, beta, {.epsilon = options_.epsilon});
  }
  Variable y = (x - moving_mean) * rsqrt(moving_variance + options_.epsilon);
  if (gamma) y = y * *gamma;
  return beta ? y + *beta : y;
}

std::string BatchNormalization::details() const { return std::to_string(moving_mean.size()); }

LayerNormalization::LayerNormalization(std::int64_t features, const LayerNormalizationOptions& o)
    : features_(checked("LayerNormalization", features, o.epsilon)), epsilon_(o.epsilon) {
  if (o.scale) gamma = Variable::parameter(ones({features}, o.dtype));
  if (o.center) beta = Variable::parameter(zeros({features}, o.dtype));
}

Variable LayerNormalization::forward(const Variable& x) {
  expect_last_axis(*this, x, features_, 1);
  return layer_norm(x, gamma, beta, {.epsilon = epsilon_});
}

std::string LayerNormalization::details() const { return std::to_string(features_); }

}  // namespace hourglass::nn
