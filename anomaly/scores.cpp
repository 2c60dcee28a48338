#include <hourglass/anomaly/internal/seeded.h>
#include <hourglass/anomaly/scores.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace hourglass::anomaly {

namespace ae = autoencoders;

namespace {

bool has_holes(const Tensor& x) { return sum(equal(x, x)).item() < static_cast<double>(x.size()); }

}  // namespace

Tensor column_errors(ae::Autoencoder& model, const std::vector<ae::TableColumn>& columns, const Tensor& x) {
  if (auto* const tabular = dynamic_cast<ae::TabularAutoencoder*>(&model))
    return tabular->column_errors(x).to(float64);
  const Tensor squares = square(ae::reconstruct(model, x).to(float64) - x.to(float64));
  std::vector<Tensor> out;
  std::int64_t begin = 0;
  for (const ae::TableColumn& c : columns) {
    out.push_back(sum(slice(squares, 1, {begin, begin + c.width}), 1, {.keepdims = true}));
    begin += c.width;
  }
  return concat(out, 1);
}

Tensor without_holes(ae::Autoencoder& model, const Tensor& x) {
  if (!has_holes(x)) return x;
  if (auto* const tabular = dynamic_cast<ae::TabularAutoencoder*>(&model)) return tabular->fill_in(x);
  throw DataError(
      "without_holes: {} takes no rows with holes; let the Preprocessor fill them in, or take a "
      "TabularAutoencoder",
      model.describe());
}

// log N(x; y, v) = -½ ((x - y)² / v + log 2πv); Bernoulli's x log y + (1 - x) log(1 - y).
Tensor negative_elbo(ae::GaussianKind& model, const Tensor& x) {
  const nn::Evaluating evaluating(model);
  const auto posterior = model.posterior(x);
  const Tensor m = posterior.mean.value().to(float64), l = posterior.log_variance.value().to(float64);
  const Tensor y = model.decode(posterior.mean).value().to(float64), v = x.to(float64);
  const Tensor kl = sum(0.5 * (square(m) + exp(l) - 1.0 - l), 1);
  if (model.output().likelihood == ae::Likelihood::gaussian) {
    const double variance = model.output().variance;
    const double constant = std::log(2.0 * std::numbers::pi * variance);
    return kl + sum(0.5 * (square(v - y) / variance + constant), 1);
  }
  constexpr double kLeast = 1e-12;
  const Tensor p = maximum(y, full({1, 1}, kLeast, float64)),
               q = maximum(1.0 - y, full({1, 1}, kLeast, float64));
  return kl - sum(v * log(p) + (1.0 - v) * log(q), 1);
}

Tensor negative_log_likelihood(ae::LikelihoodModel& model, const Tensor& x, std::int64_t k) {
  Tensor out(Shape{x.shape(0)}, float64);
  double* const to = out.mutable_data<double>();
  for (std::int64_t i = 0; i < x.shape(0); ++i) {
    const internal::Seeded seeded(0);
    to[i] = -model.log_likelihood(slice(x, 0, {i, i + 1}), k).item();
  }
  return out;
}

// S = V Λ Vᵀ, so that (r - r̄)ᵀ S⁻¹ (r - r̄) = |(r - r̄) V Λ^-½|².
Mahalanobis::Mahalanobis(const Tensor& rows) {
  if (rows.rank() != 2 || rows.shape(0) < 2)
    throw ShapeError("Mahalanobis: needs rows (N, D), two at least, got shape {}; give the training rows",
                     rows.shape());
  const Tensor x = rows.to(float64);
  mean = hourglass::mean(x, 0, {.keepdims = true});
  const Tensor off = x - mean;
  const Eigen eigen = eigh(matmul(transpose(off), off) / static_cast<double>(x.shape(0)));
  const double ridge = 1e-3 * hourglass::mean(eigen.values).item() + std::numeric_limits<double>::min();
  const Tensor values = maximum(eigen.values, zeros({1}, float64)) + ridge;
  whitening = (eigen.vectors / reshape(sqrt(values), {1, -1})).contiguous();
}

Tensor Mahalanobis::distances(const Tensor& x) const {
  return norm(matmul(x.to(float64) - mean, whitening), 1);
}

}  // namespace hourglass::anomaly
