#include <hourglass/autoencoders/sampler.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace hourglass::autoencoders {

namespace {

constexpr double kFloor = 1e-6;  // of a variance, relative to the mean variance of the codes

// The codes in float64. Throws for what cannot be fitted.
Tensor expect_codes(const char* op, const Tensor& codes) {
  if (codes.rank() != 2 || codes.shape(0) < 2)
    throw ShapeError("{}: needs codes (N, d) of two examples at least, got shape {}; flatten(codes, 1)", op,
                     codes.shape());
  Tensor x = codes.to(float64);
  if (!std::isfinite(sum(x).item()))
    throw NotFiniteError("{}: a code is not finite; look at the training of the model", op);
  return x;
}

[[noreturn]] void refuse_unfitted(const char* op) {
  throw DataError("{}: it was not fitted; give fit() the codes of the training examples", op);
}

double floor_of(const Tensor& x) { return std::max(kFloor * mean(var(x, 0)).item(), 1e-12); }

}  // namespace

Gaussian Gaussian::of(const Tensor& x, const Tensor& weights, double floor) {
  const Tensor w = unsqueeze(weights / sum(weights).item(), 1);
  const Tensor mean_of_rows = sum(x * w, 0), centred = x - mean_of_rows;
  const auto [values, vectors] = eigh(matmul(transpose(centred), centred * w));
  return {mean_of_rows, vectors, sqrt(maximum(values, floor))};
}

// −½ Σ_i ((x − μ)·a_i / σ_i)² − Σ log σ_i − d/2 log 2π
Tensor Gaussian::log_density(const Tensor& x) const {
  const Tensor scaled = matmul(x - mean, axes) / deviation;
  const double d = static_cast<double>(mean.size());
  const double constant = sum(log(deviation)).item() + 0.5 * d * std::log(2.0 * std::numbers::pi);
  return sum(square(scaled), 1) * -0.5 - constant;
}

Tensor Gaussian::sample(std::int64_t n) const {
  const Tensor e = normal({n, mean.size()}, 0.0, 1.0, default_generator(), float64);
  return mean + matmul(e * deviation, transpose(axes));
}

void NormalSampler::fit(const Tensor& codes) {
  const Tensor x = expect_codes("NormalSampler", codes);
  gaussian_ = Gaussian::of(x, ones({x.shape(0)}, float64), floor_of(x));
  dtype_ = codes.dtype();
}

Tensor NormalSampler::sample(std::int64_t n) {
  if (!gaussian_) refuse_unfitted("NormalSampler");
  return gaussian_->sample(n).to(dtype_);
}

Tensor NormalSampler::log_density(const Tensor& codes) {
  if (!gaussian_) refuse_unfitted("NormalSampler");
  return gaussian_->log_density(codes.to(float64));
}

MixtureSampler::MixtureSampler(const MixtureOptions& options) : options_(options) {
  if (std::min(options.components, options.iterations) < 1) {
    throw DataError(
        "MixtureSampler: needs a component and an iteration at least, got {} and {}; 10 and 100 "
        "are usual",
        options.components, options.iterations);
  }
}

// Each row's nearest of the centres that k-means++ draws, as responsibilities 0 and 1.    -> (N, k)
static Tensor first_responsibilities(const Tensor& x, std::int64_t k) {
  const std::int64_t n = x.shape(0);
  std::vector<Tensor> distances;  // to each centre, (N,)
  Tensor nearest;
  for (std::int64_t i = 0; i < k; ++i) {
    const Tensor weights = i == 0 ? ones({n}, float64) : nearest + 1e-12;
    const Tensor drawn = multinomial(weights, 1);
    distances.push_back(sum(square(x - take(x, drawn, 0)), 1));
    nearest = i == 0 ? distances.back() : minimum(nearest, distances.back());
  }
  const Tensor all = stack(distances, 1);
  return (unsqueeze(argmin(all, 1), 1) == arange(0.0, static_cast<double>(k), 1.0, int64)).to(float64);
}

void MixtureSampler::fit(const Tensor& codes) {
  const Tensor x = expect_codes("MixtureSampler", codes);
  if (x.shape(0) < options_.components)
    throw DataError("MixtureSampler: {} codes are too few for {} components; take fewer components",
                    x.shape(0), options_.components);
  floor_ = floor_of(x), dtype_ = codes.dtype();
  progress_.clear();
  maximise(x, first_responsibilities(x, options_.components));
  for (std::int64_t i = 0; i < options_.iterations; ++i) {
    const Tensor joint = joint_log_density(x), all = logsumexp(joint, 1);
    const double now = mean(all).item();
    const double before = progress_.empty() ? -std::numeric_limits<double>::infinity() : progress_.back();
    progress_.push_back(now);
    if (now - before < options_.tolerance) break;
    maximise(x, exp(joint - unsqueeze(all, 1)));
  }
}

void MixtureSampler::maximise(const Tensor& x, const Tensor& responsibilities) {
  const Tensor counts = maximum(sum(responsibilities, 0), 1e-9);
  weights_ = counts / sum(counts).item();
  components_.clear();
  for (std::int64_t k = 0; k < options_.components; ++k) {
    const Tensor r = reshape(slice(responsibilities, 1, {k, k + 1}), {-1}) + 1e-12;
    components_.push_back(Gaussian::of(x, r, floor_));
  }
}

Tensor MixtureSampler::joint_log_density(const Tensor& x) const {
  std::vector<Tensor> columns;
  for (const Gaussian& g : components_) columns.push_back(g.log_density(x));
  return stack(columns, 1) + log(weights_);
}

Tensor MixtureSampler::log_density(const Tensor& codes) {
  if (components_.empty()) refuse_unfitted("MixtureSampler");
  return logsumexp(joint_log_density(codes.to(float64)), 1);
}

Tensor MixtureSampler::sample(std::int64_t n) {
  if (components_.empty()) refuse_unfitted("MixtureSampler");
  if (n == 0) return zeros({0, components_.front().mean.size()}, dtype_);
  const Tensor which = multinomial(weights_, n, {.replacement = true});
  Tensor drawn;
  for (std::size_t k = 0; k < components_.size(); ++k) {
    const Tensor mine = unsqueeze(which == static_cast<double>(k), 1), of_k = components_[k].sample(n);
    drawn = k == 0 ? of_k : where(mine, of_k, drawn);
  }
  return drawn.to(dtype_);
}

}  // namespace hourglass::autoencoders
