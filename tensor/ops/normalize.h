#pragma once

#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/tensor.h>

/// Batch and layer normalization, each in one pass over x for the statistics and one for y. γ and β are null
/// where absent. All statistics run in float64, in a fixed order of fixed pieces, and x − μ is rounded to x's
/// type only then: the same bits for any number of threads, and no cancellation however far from 0 the
/// numbers are. The same holds for the gradients, in autograd/ops/normalize.h those that are recorded too.
namespace hourglass {

/// x̂ = (x − μ) / √(σ² + ε), with mean μ and variance σ² (biased) over the given axes: what batch and layer
/// normalization have in common. The same shape as x.
/// Throws DataError unless ε > 0, DTypeError unless floating.
[[nodiscard]] Tensor standardize(const Tensor& x, const Axes& axes, double epsilon);

/// All axes but the last, over which batch normalization averages.
[[nodiscard]] Axes all_but_last(int rank);

/// Means μ and biased variances σ², float64; nan over no elements.
struct Moments {
  Tensor mean, variance;
};

/// Of each channel over all axes but the last, in one pass:  (…, C) -> (C), (C).
/// Method: sums of x − (first row of the piece), pieces merged pairwise (Chan, Golub & LeVeque 1983).
[[nodiscard]] Moments channel_moments(const Tensor& x);

/// y = γ (x − μ) / √(σ² + ε) + β for each channel, of moments (C).    (…, C) -> (…, C)
[[nodiscard]] Tensor batch_norm(const Tensor& x, const Moments& moments, const Tensor* gamma,
                                const Tensor* beta, double epsilon);

/// The gradients dx, dγ, dβ, one after the other in one flat tensor of n + 2C elements:
///   dβ = Σ dy,   dγ = Σ dy x̂,   dx = γ r (dy − dβ/N − x̂ dγ/N),   r = 1 / √(σ² + ε), N rows.
/// The moments are those of x. Without `with_dx` the n elements of dx are left out.
[[nodiscard]] Tensor batch_norm_grad(const Tensor& dy, const Tensor& x, const Moments& moments,
                                     const Tensor* gamma, double epsilon, bool with_dx = true);

struct LayerNorm {
  Tensor y;
  Moments moments;  // of each row
};
/// y = γ (x − μ) / √(σ² + ε) + β with the moments of each row, over the last axis.    (…, C) -> (…, C)
[[nodiscard]] LayerNorm layer_norm(const Tensor& x, const Tensor* gamma, const Tensor* beta, double epsilon);

/// dx, dγ, dβ as batch_norm_grad lays them out, in one pass; with g = γ dy and means ⟨·⟩ over the row
///   dx = r (g − ⟨g⟩ − x̂ ⟨g x̂⟩),   dγ = Σ dy x̂,   dβ = Σ dy.
[[nodiscard]] Tensor layer_norm_grad(const Tensor& dy, const Tensor& x, const Moments& moments,
                                     const Tensor* gamma, double epsilon);

/// Throws ShapeError unless x has `least_rank` axes or more and γ, β, where given, are (C); DTypeError if
/// their types differ from x's or are not floating; DataError unless ε > 0. What the functions above ask for.
void expect_norm_parts(const char* op, const Tensor& x, int least_rank, const Tensor* gamma,
                       const Tensor* beta, double epsilon);
/// Throws ShapeError unless both moments are of this shape.
void expect_moments(const char* op, const Tensor& x, const Moments& moments, const Shape& shape);
/// Throws ShapeError unless dy is of x's shape and type.
void expect_gradient(const char* op, const Tensor& dy, const Tensor& x);

}  // namespace hourglass
