#include <hourglass/nn/layers/reparameterize.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::nn {

Reparameterize::Reparameterize(const ReparameterizeOptions& options) : options_(options) {
  expect_range("Reparameterize", options.range);
}

Variable Reparameterize::merge(const std::vector<Variable>& x) {
  expect_two(x);
  const Variable &mean = x[0], &log_variance = x[1];
  if (mean.shape() != log_variance.shape()) {
    throw ShapeError(
        "Reparameterize: mean {} and log variance {} must have the same shape; an encoder with one output of "
        "both can be split in halves along its last axis",
        mean.shape(), log_variance.shape());
  }
  if (mean.dtype() != log_variance.dtype()) {
    throw DTypeError("Reparameterize: the mean is {}, but the log variance {}; convert one with x.to(hg::{})",
                     name(mean.dtype()), name(log_variance.dtype()), name(mean.dtype()));
  }
  if (!is_training() && !options_.sample_in_eval) return mean;
  const Tensor epsilon = normal(mean.shape(), 0.0, 1.0, default_generator(), mean.dtype());
  return reparameterize(mean, log_variance, epsilon, options_.range);
}

std::string Reparameterize::details() const { return options_.sample_in_eval ? "sampling in eval" : ""; }

}  // namespace hourglass::nn
