#pragma once

#include <hourglass/nn/module.h>

namespace hourglass::nn {

/// Finds members forgotten in visit(): compares the trainable leaves that the loss reaches with the
/// parameters that the model lists. Throws GradientError that gives the shape of each leaf not listed and the
/// layer that used it (the layer only if the loss was computed under Trace(Tracing::layers)).
void check_parameters_listed(const Variable& loss, Module& model);

}  // namespace hourglass::nn
