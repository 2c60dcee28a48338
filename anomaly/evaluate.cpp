#include <hourglass/anomaly/evaluate.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/metrics/classification.h>
#include <hourglass/training/metrics/ranking.h>

#include <fmt/format.h>

#include <algorithm>

namespace hourglass::anomaly {

namespace metrics = training::metrics;

namespace {

std::int64_t components_of(const EvaluateOptions& options, autoencoders::Autoencoder& model,
                           const Tensor& row) {
  const std::int64_t d = row.shape(1), given = options.components;
  if (given < 0 || given > d)
    throw DataError(
        "evaluate: components must be between 0 and {}, the columns of the rows, got {}; 2 is usual", d,
        given);
  if (given > 0) return given;
  const nn::Evaluating evaluating(model);
  const std::int64_t code = model.encode(row).value().size();
  return code < d ? code : std::max<std::int64_t>(1, d / 2);
}

struct Moments {
  Tensor mean, covariance;  // (1, D), (D, D) float64
};
Moments moments_of(const Tensor& rows) {
  const Tensor x = rows.to(float64), mean = hourglass::mean(x, 0, {.keepdims = true}), off = x - mean;
  return {mean, matmul(transpose(off), off) / static_cast<double>(x.shape(0))};
}

// The squared distance to the plane of the first components, which lie last.
Tensor off_the_plane(const Tensor& off, const Tensor& covariance, std::int64_t components) {
  const std::int64_t d = covariance.shape(0);
  const Tensor rest = slice(eigh(covariance).vectors, 1, {0, d - components});
  return sum(square(matmul(off, rest)), 1);
}

// 1 - error / variance of each tensor column, told by the nearest rows that `others` make.
double explained_by_nearest(const Tensor& others, const Tensor& own, std::int64_t k) {
  constexpr std::int64_t kRows = 2000;  // enough to tell 0.1 from chance
  const std::int64_t n = std::min(own.shape(0), kRows);
  const NearestRows nearest(slice(others, 0, {0, n}).contiguous(), k + 1);
  const Tensor found = nearest.nearest(nearest.rows());
  const Tensor target = slice(own, 0, {0, n}).to(float64);
  // The row itself is its first neighbour, or one that equals it.
  const Tensor theirs = reshape(take(target, reshape(slice(found, 1, {1, found.shape(1)}), {-1})),
                                {n, found.shape(1) - 1, own.shape(1)});
  const double error = sum(square(mean(theirs, 1) - target)).item();
  const double variance = sum(var(target, 0)).item() * static_cast<double>(n);
  return variance > 0.0 ? 1.0 - error / variance : 0.0;
}

}  // namespace

Evaluation evaluate(const Detector& detector, const data::Table& table, const Tensor& labels,
                    const EvaluateOptions& options) {
  const Tensor x = detector.transform(table);
  return evaluate(detector.model(), detector.scorer(), detector.threshold(), x, labels, options);
}

Evaluation evaluate(autoencoders::Autoencoder& model, const Scorer& scorer, double threshold, const Tensor& x,
                    const Tensor& labels, const EvaluateOptions& options) {
  const Tensor scores = scorer(model, x);
  Evaluation out;
  out.rows = x.shape(0);
  out.auc = metrics::roc_auc(scores, labels);
  out.average_precision = metrics::average_precision(scores, labels);
  out.precision_at_n = metrics::precision_at_n(scores, labels);
  out.anomalies = static_cast<std::int64_t>(sum(labels.to(float64)).item());
  out.threshold = threshold;
  const Tensor predicted = greater(scores, threshold).to(int64);
  out.precision = metrics::precision(predicted, labels);
  out.recall = metrics::recall(predicted, labels);
  out.f1 = metrics::f1(predicted, labels);
  const BestThreshold best = best_f1(scores, labels);
  out.best_f1 = best.f1, out.best_threshold = best.threshold;

  const Tensor filled = without_holes(model, x), &known = scorer.reference().rows();
  out.components = components_of(options, model, slice(known, 0, {0, 1}));
  const Moments moments = moments_of(known);
  const Tensor off = filled.to(float64) - moments.mean;
  out.auc_mean_row = metrics::roc_auc(sum(square(off), 1), labels);
  out.auc_pca = out.components < x.shape(1)
                    ? metrics::roc_auc(off_the_plane(off, moments.covariance, out.components), labels)
                    : out.auc_mean_row;
  out.auc_nearest_neighbours = metrics::roc_auc(NearestRows(known, 5).distances(filled), labels);
  return out;
}

std::string Evaluation::str() const {
  std::string out = fmt::format("{} rows, {} of them anomalies\n", rows, anomalies);
  const auto line = [&](const std::string& what, double value) {
    out += fmt::format("  {:<34} {:.4f}\n", what, value);
  };
  line("AUC", auc);
  line("  distance to the mean row", auc_mean_row);
  line(fmt::format("  PCA, {} components", components), auc_pca);
  line("  5 nearest neighbours", auc_nearest_neighbours);
  line("average precision", average_precision);
  line(fmt::format("precision at {}", anomalies), precision_at_n);
  line(fmt::format("F1 at the threshold {:.4g}", threshold), f1);
  line("  precision", precision);
  line("  recall", recall);
  line(fmt::format("best F1, at {:.4g}", best_threshold), best_f1);
  return out;
}

void Evaluation::add_to(training::Report& report) const {
  report.add("auc", auc);
  report.add("average_precision", average_precision);
  report.add("precision_at_n", precision_at_n);
  report.add("threshold", threshold);
  report.add("f1", f1);
  report.add("best_f1", best_f1);
  report.add("auc_mean_row", auc_mean_row);
  report.add("auc_pca", auc_pca);
  report.add("auc_nearest_neighbours", auc_nearest_neighbours);
}

// The variance that a linear fit leaves is  1 - S_oi' S_oo⁻¹ S_oi / S_ii.
Structure structure(const Detector& detector) {
  return structure(detector.scorer().reference().rows(), detector.preprocessor().places());
}

Structure structure(const Tensor& rows, const std::vector<data::Place>& places) {
  constexpr std::int64_t kNeighbours = 5;
  const std::int64_t n = rows.shape(0), d = rows.shape(1);
  Structure out{places.front().column, 0.0};
  if (places.size() < 2) return out;
  for (const data::Place& p : places) {
    const Tensor before = slice(rows, 1, {0, p.begin}), after = slice(rows, 1, {p.end, d});
    const Tensor others = concat({before, after}, 1).contiguous(), own = slice(rows, 1, {p.begin, p.end});
    double explained = explained_by_nearest(others, own, kNeighbours);
    const std::int64_t q = others.shape(1);
    if (n > q + 10) {
      const Tensor x = others.to(float64), y = own.to(float64);
      const Tensor off_x = x - mean(x, 0, {.keepdims = true}), off_y = y - mean(y, 0, {.keepdims = true});
      const Tensor white = matmul(off_x, Mahalanobis(x).whitening);
      const double all = sum(square(off_y)).item() / static_cast<double>(n);
      const double told = sum(square(matmul(transpose(white), off_y) / static_cast<double>(n))).item();
      const double left = all > 0.0 ? 1.0 - told / all : 1.0;
      explained =
          std::max(explained, 1.0 - left * static_cast<double>(n - 1) / static_cast<double>(n - q - 1));
    }
    if (explained > out.explained) out = {p.column, explained};
  }
  return out;
}

std::string Structure::str() const {
  if (is_there())
    return fmt::format("structure: the other columns explain {:.0f}% of \"{}\", the most of all columns",
                       100.0 * explained, column);
  return "structure: no column is told from the others any better than by the mean row: the table shows no "
         "structure to learn";
}

}  // namespace hourglass::anomaly
