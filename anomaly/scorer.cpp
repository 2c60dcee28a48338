#include <hourglass/anomaly/scores.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/vamp_prior.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/sort.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <cmath>

namespace hourglass::anomaly {

namespace ae = autoencoders;

namespace {

// Of each row, over the entries that are there; 0 for a row without any.    (N, C) -> (N,)
Tensor mean_of_present(const Tensor& x) {
  const Tensor present = equal(x, x);
  const Tensor count = sum(present.to(float64), 1);
  const Tensor total = sum(where(present, x, zeros({1, 1}, float64)), 1);
  return total / maximum(count, ones(Shape{1}, float64));
}

// f of as many rows at a time as have their activations in the second cache, one below the other. How many
// is part of what decides the bits.
template <class F>
Tensor by_chunks(const Tensor& given, F f) {
  constexpr std::int64_t kRows = 512;
  const Tensor x = given.contiguous();
  std::vector<Tensor> parts(static_cast<std::size_t>((x.shape(0) + kRows - 1) / kRows));
  parallel_ranges(x.shape(0), kRows, [&](std::int64_t begin, std::int64_t end) {
    parts[static_cast<std::size_t>(begin / kRows)] = f(slice(x, 0, {begin, end}));
  });
  return concat(parts);
}

// The mean error of each column over the entries that are there.    -> (1, C)
Tensor mean_errors(ae::Autoencoder& model, const std::vector<ae::TableColumn>& columns, const Tensor& x) {
  const Tensor sums = by_chunks(x, [&](const Tensor& rows) {
    const Tensor e = column_errors(model, columns, rows), present = equal(e, e);
    return concat({sum(where(present, e, zeros({1, 1}, float64)), 0, {.keepdims = true}),
                   sum(present.to(float64), 0, {.keepdims = true})});
  });
  const Tensor both = sum(reshape(sums, {-1, 2, std::ssize(columns)}), 0);
  return slice(both, 0, {0, 1}) / maximum(slice(both, 0, {1, 2}), ones(Shape{1}, float64));
}

Tensor residual(ae::Autoencoder& model, const Tensor& x) {
  const Tensor filled = without_holes(model, x);
  return filled - ae::reconstruct(model, filled);
}

Tensor code_of(ae::Autoencoder& model, const Tensor& x) {
  const nn::Evaluating evaluating(model);
  const Tensor code = model.encode(x).value();
  return reshape(code, {code.shape(0), -1});
}

ae::GaussianKind& gaussian_kind(ae::Autoencoder& model) {
  auto* const found = dynamic_cast<ae::GaussianKind*>(&model);
  if (found && !dynamic_cast<ae::VampPriorAutoencoder*>(found)) return *found;
  throw DataError(
      "Scorer: the score elbo is one of variational kinds with the prior N(0, 1), not of {}; error is one of "
      "all",
      model.describe());
}

ae::LikelihoodModel& likelihood_model(ae::Autoencoder& model) {
  if (auto* const found = ae::find_likelihood(model)) return *found;
  throw DataError("Scorer: {} has no likelihood; error is a score of all kinds", model.describe());
}

bool is_logarithm(Score score) { return score == Score::elbo || score == Score::likelihood; }
double logarithm(Score score, double v, double floor) {
  return is_logarithm(score) ? v : std::log(v + floor);
}

// (f, m, d) of ascending values: a tenth of the median (of the mean where that is 0) and, of the logarithms,
// mean and deviation.
void scale_of(Score score, const double* v, std::int64_t n, double* out) {
  const auto count = static_cast<double>(n);
  double floor = 0.1 * v[n / 2];
  if (floor <= 0.0) {
    for (std::int64_t i = 0; i < n; ++i) floor += 0.1 * v[i] / count;
  }
  if (floor <= 0.0) floor = 1e-6;
  double mean = 0.0, squares = 0.0;
  for (std::int64_t i = 0; i < n; ++i) mean += logarithm(score, v[i], floor) / count;
  for (std::int64_t i = 0; i < n; ++i) squares += std::pow(logarithm(score, v[i], floor) - mean, 2) / count;
  out[0] = floor, out[1] = mean, out[2] = std::max(std::sqrt(squares), 1e-6);
}

}  // namespace

Scorer::Scorer(ScoreOptions options) : options_(std::move(options)) {
  const auto& s = options_.scores;
  if (s.empty()) throw DataError("Scorer: there are no scores; Score::error is one that every kind has");
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (std::find(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(i), s[i]) !=
        s.begin() + static_cast<std::ptrdiff_t>(i))
      throw DataError("Scorer: the score {} is named twice; name each once",
                      enum_names(s[i])[static_cast<std::size_t>(s[i])]);
  }
  if (options_.neighbours < 1 || options_.reference_rows < 2 || options_.samples < 1)
    throw DataError(
        "Scorer: neighbours and samples must be at least 1 and reference_rows at least 2, got {}, {} and {}; "
        "the defaults are 5, 50 and 20000",
        options_.neighbours, options_.samples, options_.reference_rows);
}

void Scorer::fit(ae::Autoencoder& model, std::vector<ae::TableColumn> columns, const Tensor& x) {
  if (x.rank() != 2 || x.shape(0) < 2)
    throw DataError("Scorer: needs training rows (N, D), two at least, got shape {}; fit on more rows",
                    x.shape());
  const std::int64_t n = x.shape(0);
  columns_ = std::move(columns);
  const nn::Evaluating evaluating(model);
  column_means_ = mean_errors(model, columns_, x);
  const Tensor filled = by_chunks(x, [&](const Tensor& rows) { return without_holes(model, rows); });
  const auto uses = [&](Score s) {
    return std::find(options_.scores.begin(), options_.scores.end(), s) != options_.scores.end();
  };
  if (uses(Score::mahalanobis))
    residual_ = Mahalanobis(by_chunks(x, [&](const Tensor& rows) { return residual(model, rows); }));
  if (uses(Score::code))
    code_ = Mahalanobis(by_chunks(filled, [&](const Tensor& rows) { return code_of(model, rows); }));
  Tensor kept = filled;
  if (n > options_.reference_rows)
    kept = take(filled, sort(slice(permutation(n), 0, {0, options_.reference_rows})));
  nearest_ = NearestRows(kept, options_.neighbours);
  std::vector<Tensor> parts;
  for (const Score s : options_.scores) {
    const bool own = s == Score::nearest && kept.shape(0) == n;
    parts.push_back(own ? reshape(nearest_.own_distances(), {-1, 1}) : by_chunks(x, [&](const Tensor& rows) {
      return reshape(part(s, model, rows), {-1, 1});
    }));
  }
  fit_parts(concat(parts, 1));
}

void Scorer::fit_parts(const Tensor& parts) {
  const std::int64_t s = parts.shape(1), n = parts.shape(0);
  training_parts_ = sort(transpose(parts).contiguous(), 1).contiguous();
  scales_ = zeros(Shape{s, 3}, float64);
  for (std::int64_t i = 0; i < s; ++i)
    scale_of(options_.scores[static_cast<std::size_t>(i)], training_parts_.data<double>() + i * n, n,
             scales_.mutable_data<double>() + 3 * i);
  training_scores_ = sort(combined(parts)).contiguous();
}

Tensor Scorer::part(Score score, ae::Autoencoder& model, const Tensor& x) const {
  switch (score) {
    case Score::error:
      return mean_of_present(column_errors(model, columns_, x));
    case Score::scaled_error: {
      const Tensor least = full({1, 1}, 1e-12, float64);
      return mean_of_present(column_errors(model, columns_, x) / maximum(column_means_, least));
    }
    case Score::mahalanobis:
      return residual_.distances(residual(model, x));
    case Score::code:
      return code_.distances(code_of(model, without_holes(model, x)));
    case Score::elbo:
      return negative_elbo(gaussian_kind(model), x);
    case Score::nearest:
      return nearest_.distances(without_holes(model, x));
    case Score::likelihood:
      return negative_log_likelihood(likelihood_model(model), x, options_.samples);
  }
  throw DataError("Scorer: there is no such score; take one of enum Score");
}

Tensor Scorer::parts(ae::Autoencoder& model, const Tensor& x) const {
  if (columns_.empty()) throw DataError("Scorer: it has learnt nothing yet; call fit() first");
  if (x.shape(0) == 0) return zeros({0, std::ssize(options_.scores)}, float64);
  const nn::Evaluating evaluating(model);
  return by_chunks(x, [&](const Tensor& rows) {
    std::vector<Tensor> out;
    for (const Score s : options_.scores) out.push_back(reshape(part(s, model, rows), {-1, 1}));
    return concat(out, 1);
  });
}

Tensor Scorer::combined(const Tensor& given) const {
  const Tensor parts = given.to(float64).contiguous();
  const std::int64_t n = parts.shape(0), s = parts.shape(1), rows = training_parts_.shape(1);
  if (s == 1) return reshape(parts, {n});
  Tensor out = zeros(Shape{n}, float64);
  double* const total = out.mutable_data<double>();
  for (std::int64_t j = 0; j < s; ++j) {
    const double* const scale = scales_.data<double>() + 3 * j;
    const double* const known = training_parts_.data<double>() + j * rows;
    for (std::int64_t i = 0; i < n; ++i) {
      const double v = parts.data<double>()[i * s + j];
      if (options_.combination == Combination::logarithms) {
        const Score score = options_.scores[static_cast<std::size_t>(j)];
        const double weight = score == Score::nearest ? 2.0 : 1.0;
        total[i] += weight * (logarithm(score, v, scale[0]) - scale[1]) / scale[2];
      } else {
        const auto above = static_cast<double>(known + rows - std::lower_bound(known, known + rows, v));
        total[i] -= std::log((1.0 + above) / static_cast<double>(rows + 1));
      }
    }
  }
  return out;
}

Tensor Scorer::operator()(ae::Autoencoder& model, const Tensor& x) const { return combined(parts(model, x)); }

}  // namespace hourglass::anomaly
