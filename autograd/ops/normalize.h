#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/normalize.h>

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
///   dβ = Σ dy,   dγ = Σ dy x̂,   dx = r (g − ⟨g⟩ − x̂ ⟨g x̂⟩) with g = γ dy.
/// The three gradients are one fused kernel; where they are recorded themselves, formulas of any order.
/// Throws ShapeError if x has less than two axes or γ, β are not (C), DTypeError if types differ, DataError
/// unless ε > 0.
[[nodiscard]] Variable batch_norm(const Variable& x, const std::optional<Variable>& gamma,
                                  const std::optional<Variable>& beta, NormOptions options = {});

struct BatchNorm {
  Variable y;
  Moments moments;  // μ and biased σ² of each channel, (C) float64, for running statistics
};
/// The same, with the statistics it used.
[[nodiscard]] BatchNorm batch_norm_with_moments(const Variable& x, const std::optional<Variable>& gamma,
                                                const std::optional<Variable>& beta,
                                                NormOptions options = {});

/// y = γ (x − μ) / √(σ² + ε) + β with given statistics, which are constants: (C) each, of any floating type.
///   dβ = Σ dy,   dγ = Σ dy x̂,   dx = γ r dy.
[[nodiscard]] Variable batch_norm(const Variable& x, const Moments& moments,
                                  const std::optional<Variable>& gamma, const std::optional<Variable>& beta,
                                  NormOptions options = {});

/// The same with statistics of each example over its last axis (Ba, Kiros & Hinton 2016).
[[nodiscard]] Variable layer_norm(const Variable& x, const std::optional<Variable>& gamma,
                                  const std::optional<Variable>& beta, NormOptions options = {});

}  // namespace hourglass
