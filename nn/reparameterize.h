#pragma once

#include <hourglass/nn/divergences.h>
#include <hourglass/nn/module.h>

namespace hourglass::nn {

/// A sample of N(μ, σ²) that gradients pass through:  z = μ + exp(½ log σ²) ε, ε ~ N(0, 1)
/// (Kingma & Welling 2014; Rezende et al. 2014).    (…), (…) -> (…)
///
/// ε comes from the default generator, in training and in evaluation alike: an ELBO is always an average over
/// samples. log σ² is clipped to [−30, 20] (see divergences.h) and gets no gradient beyond. Throws ShapeError
/// if the shapes differ, DTypeError if the types do.
class Reparameterize final : public Module {
 public:
  [[nodiscard]] Variable operator()(const Variable& mean, const Variable& log_variance);
};

}  // namespace hourglass::nn
