#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/normalize.h>

#include <optional>

namespace hourglass {

/// x̂ = (x − μ) / √(σ² + ε) over the given axes.
/// With r = 1 / √(σ² + ε) and ⟨·⟩ the mean over the axes:  dx = r (dx̂ − ⟨dx̂⟩ − x̂ ⟨dx̂ x̂⟩)
[[nodiscard]] Variable standardize(const Variable& x, const Axes& axes, double epsilon);

struct NormOptions {
  double epsilon = 1e-3;
};

/// y = γ x̂ + β with statistics of each channel over the batch (Ioffe & Szegedy 2015): standardized over all
/// axes but the last.    (…, C), (C), (C) -> (…, C).  γ and β may be absent.
/// Throws ShapeError if x has less than two axes or γ, β are not (C).
[[nodiscard]] Variable batch_norm(const Variable& x, const std::optional<Variable>& gamma,
                                  const std::optional<Variable>& beta, NormOptions options = {});
/// The same with statistics of each example over its last axis (Ba, Kiros & Hinton 2016).
[[nodiscard]] Variable layer_norm(const Variable& x, const std::optional<Variable>& gamma,
                                  const std::optional<Variable>& beta, NormOptions options = {});

}  // namespace hourglass
