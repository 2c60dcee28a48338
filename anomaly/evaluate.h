#pragma once

#include <hourglass/anomaly/detector.h>
#include <hourglass/training/report.h>

#include <cstdint>
#include <string>
#include <vector>

namespace hourglass::anomaly {

/// How well a detector finds the anomalies that labels name, beside three that know no network: the squared
/// distance to the mean training row, that to the plane of principal components (Pearson 1901), and the mean
/// distance to the 5 nearest training rows; all of prepared rows.
struct Evaluation {
  std::int64_t rows = 0, anomalies = 0;
  double auc = 0.0, average_precision = 0.0, precision_at_n = 0.0;  // training/metrics/ranking.h
  double threshold = 0.0, precision = 0.0, recall = 0.0, f1 = 0.0;  // at the detector's threshold
  double best_f1 = 0.0, best_threshold = 0.0;                       // of all thresholds: labels are seen
  double auc_mean_row = 0.0, auc_pca = 0.0, auc_nearest_neighbours = 0.0;
  std::int64_t components = 0;  // of PCA; see EvaluateOptions
  /// A line for each figure.
  [[nodiscard]] std::string str() const;
  /// Adds the figures to a report, by their names.
  void add_to(training::Report& report) const;
};

struct EvaluateOptions {
  std::int64_t components = 0;  // of PCA; 0: the code's numbers, or half the columns if it has more of them
};

/// labels (N,) int64 or uint8: 1 for an anomaly, else 0. Throws as Detector::score, and DataError for other
/// labels, if all are alike, or for components that are negative or more than there are columns.
[[nodiscard]] Evaluation evaluate(const Detector& detector, const data::Table& table, const Tensor& labels,
                                  const EvaluateOptions& options = {});
/// The same of rows as a model gets them, x (N, D), by a scorer that was fitted for it: of images, say.
[[nodiscard]] Evaluation evaluate(autoencoders::Autoencoder& model, const Scorer& scorer, double threshold,
                                  const Tensor& x, const Tensor& labels, const EvaluateOptions& options = {});

/// Whether the training rows show anything that a model could learn: how much of a column's variance the
/// others explain, 1 - error / variance, in the best case of all columns. Each is told from the others by the
/// mean of the 5 nearest rows and by a linear fit (adjusted for the number of columns). Of a category each
/// tensor column counts by itself against those of other table columns.
struct Structure {
  std::string column;      // that which the others explain best
  double explained = 0.0;  // at most 1; 0.1 or less is no more than chance gives
  [[nodiscard]] bool is_there() const { return explained > 0.1; }
  /// "… no structure to learn" or what there is.
  [[nodiscard]] std::string str() const;
};
[[nodiscard]] Structure structure(const Detector& detector);
/// The same of rows as a preprocessor gives them, without holes.    (N, D) float32
[[nodiscard]] Structure structure(const Tensor& rows, const std::vector<data::Place>& places);

}  // namespace hourglass::anomaly
