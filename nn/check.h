#pragma once

#include <hourglass/nn/module.h>

#include <cstdint>

namespace hourglass::nn {

/// Finds members forgotten in visit(): compares the trainable leaves that the loss reaches with the
/// parameters that the model lists. Throws GradientError that gives the shape of each leaf not listed and the
/// layer that used it (the layer only if the loss was computed under Trace(Tracing::layers)).
/// A leaf made at the tick `since` (see next_tick) or later is no parameter: the computation of the loss made
/// it for itself, say to differentiate by the data.
void check_parameters_listed(const Variable& loss, Module& model, std::uint64_t since = UINT64_MAX);

}  // namespace hourglass::nn
