#include <hourglass/nn/initializer.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::nn {

namespace {

std::int64_t checked(const char* layer, std::int64_t features, double epsilon) {
  if (features < 1)
    throw ShapeError("{}: needs at least one feature, got {}; the argument is the extent of the last axis",
                     layer, features);
  if (!(epsilon > 0.0))
    throw DataError(
        "{}: epsilon must be positive, got {}; it keeps the root of a variance of 0 from dividing by 0, 1e-3 "
        "is usual",
        layer, epsilon);
  return features;
}

void expect_last_axis(const Layer& layer, const Variable& x, std::int64_t features, int least_rank) {
  if (x.rank() >= least_rank && x.shape(-1) == features) return;
  if (x.rank() < least_rank) {
    throw ShapeError(
        "{} expects {} along the last of {} axes or more, got an input of shape {}; a single example needs a "
        "batch axis in front (unsqueeze)",
        layer.describe(), features, least_rank, x.shape());
  }
  throw ShapeError(
      "{} expects {} along the last of {} axes or more, got an input of shape {}; construct it with {}, the "
      "extent of the last axis (channels come last)",
      layer.describe(), features, least_rank, x.shape(), x.shape(-1));
}

void expect_type(const Layer& layer, const Variable& x, DType dtype) {
  if (x.dtype() == dtype) return;
  throw DTypeError(
      "{} holds {}, but the input {} is {}; convert it with x.to(hg::{}), or make the layer with that .dtype",
      layer.describe(), name(dtype), x.shape(), name(x.dtype()), name(dtype));
}

std::string features_and_epsilon(std::int64_t features, double epsilon) {
  return std::to_string(features) + ", epsilon " + detail::Text(epsilon).characters;
}

}  // namespace

BatchNormalization::BatchNormalization(std::int64_t channels, const BatchNormalizationOptions& o)
    : moving_mean(zeros_initializer({checked("BatchNormalization", channels, o.epsilon)}, o.dtype)),
      moving_variance(ones_initializer({channels}, o.dtype)),
      options_(o) {
  if (!(o.momentum >= 0.0 && o.momentum <= 1.0))
    throw DataError(
        "BatchNormalization: the momentum must be in [0, 1], got {}; it is what the running statistics keep "
        "at each step",
        o.momentum);
  if (o.scale) gamma = Variable::parameter(ones_initializer({channels}, o.dtype));
  if (o.center) beta = Variable::parameter(zeros_initializer({channels}, o.dtype));
}

bool BatchNormalization::is_frozen() const {
  const auto learns = [](const std::optional<Variable>& v) { return v && v->requires_grad(); };
  return !is_trainable() || ((gamma || beta) && !learns(gamma) && !learns(beta));
}

void BatchNormalization::follow(const Moments& batch) {
  const double old = options_.momentum;
  const DType dtype = moving_mean.dtype();
  moving_mean = moving_mean * old + batch.mean.to(dtype) * (1.0 - old);
  moving_variance = moving_variance * old + batch.variance.to(dtype) * (1.0 - old);
}

Variable BatchNormalization::forward(const Variable& x) {
  expect_last_axis(*this, x, moving_mean.size(), 2);
  expect_type(*this, x, moving_mean.dtype());
  const NormOptions options{.epsilon = options_.epsilon};
  if (!is_training() || is_frozen())
    return batch_norm(x, {moving_mean, moving_variance}, gamma, beta, options);
  BatchNorm out = batch_norm_with_moments(x, gamma, beta, options);
  if (x.size() > 0) follow(out.moments);
  return out.y;
}

std::string BatchNormalization::details() const {
  return features_and_epsilon(moving_mean.size(), options_.epsilon);
}

LayerNormalization::LayerNormalization(std::int64_t features, const LayerNormalizationOptions& o)
    : features_(checked("LayerNormalization", features, o.epsilon)), options_(o) {
  if (o.scale) gamma = Variable::parameter(ones_initializer({features}, o.dtype));
  if (o.center) beta = Variable::parameter(zeros_initializer({features}, o.dtype));
}

Variable LayerNormalization::forward(const Variable& x) {
  expect_last_axis(*this, x, features_, 1);
  if (gamma || beta) expect_type(*this, x, gamma ? gamma->dtype() : beta->dtype());
  return layer_norm(x, gamma, beta, {.epsilon = options_.epsilon});
}

std::string LayerNormalization::details() const { return features_and_epsilon(features_, options_.epsilon); }

}  // namespace hourglass::nn
