#include <hourglass/autograd/elementwise.h>
#include <hourglass/nn/reparameterize.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/random.h>

namespace hourglass::nn {

Variable Reparameterize::operator()(const Variable& mean, const Variable& log_variance) {
  return run([&] {
    if (mean.shape() != log_variance.shape()) {
      throw ShapeError("Reparameterize: mean {} and log variance {} must have the same shape", mean.shape(),
                       log_variance.shape());
    }
    if (mean.dtype() != log_variance.dtype()) {
      throw DTypeError("Reparameterize: the mean is {}, but the log variance {}", name(mean.dtype()),
                       name(log_variance.dtype()));
    }
    const Variable deviation = exp(0.5 * clip(log_variance, kLeastLogVariance, kMostLogVariance));
    return mean + deviation * normal(mean.shape(), 0.0, 1.0, default_generator(), mean.dtype());
  });
}

}  // namespace hourglass::nn
