#pragma once

#include <hourglass/anomaly/detector.h>
#include <hourglass/tensor/tensor.h>

#include <string>

/// Plots by gnuplot: `name`.csv with the data and `name`.gp, which draws them, always; `name`.png where
/// gnuplot is installed. Each returns whether the picture was drawn, and throws FileError.
namespace hourglass::anomaly {

/// How many rows have which score, normal ones and anomalies, with the threshold as a line.
/// scores (N,), labels (N,) 0 or 1, or (0,) for none. Throws DataError without a finite score.
bool draw_scores(const std::string& folder, const std::string& name, const Tensor& scores,
                 const Tensor& labels, double threshold);
/// The ROC curve, and the precision-recall curve. Throw as training::metrics::roc_curve.
bool draw_roc(const std::string& folder, const std::string& name, const Tensor& scores, const Tensor& labels);
bool draw_precision_recall(const std::string& folder, const std::string& name, const Tensor& scores,
                           const Tensor& labels);
/// The mean error of each column in rows that are below the threshold and above it.
bool draw_columns(const std::string& folder, const std::string& name, const Detector& detector,
                  const data::Table& table);

}  // namespace hourglass::anomaly
