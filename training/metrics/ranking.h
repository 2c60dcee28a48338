#pragma once

#include <hourglass/training/metrics/metric.h>

#include <cstdint>

/// How well scores (N,), large for class 1, put the examples of class 1 before those of class 0. labels (N,)
/// int64 or uint8, 0 and 1. Examples of equal scores count as one step, as in scikit-learn. Throw ShapeError
/// or DTypeError for others, DataError for a score that is nan, another label, or where a class that the
/// figure needs does not occur.
namespace hourglass::training::metrics {

struct Curve {
  Tensor x, y;        // (K,) float64
  Tensor thresholds;  // the score from which examples count as class 1
};

struct CurveOptions {
  bool drop_intermediate = true;  // leave out points on a straight line between others
};
/// x the share of class 0 at or above a threshold (false positive rate), y that of class 1 (true positive
/// rate); thresholds fall from infinity.
[[nodiscard]] Curve roc_curve(const Tensor& scores, const Tensor& labels, const CurveOptions& options = {});
/// x recall, falling to 0, y precision; thresholds rise, and the last point, (0, 1), has infinity. Its area
/// by the trapezoid rule is too kind (Davis & Goadrich 2006): see average_precision.
[[nodiscard]] Curve precision_recall_curve(const Tensor& scores, const Tensor& labels);
/// The area under a curve by the trapezoid rule. Throws DataError unless x rises or falls.
[[nodiscard]] double area(const Curve& curve);

/// The area under the ROC curve: the probability that an example of class 1 scores higher than one of class
/// 0, ties counting half.
[[nodiscard]] double roc_auc(const Tensor& scores, const Tensor& labels);
/// Σ (Rₖ - Rₖ₋₁) Pₖ over the thresholds, with recall R and precision P.
[[nodiscard]] double average_precision(const Tensor& scores, const Tensor& labels);
/// The share of class 1 among the n highest scores; n = 0: as many as there are of class 1. Where equal
/// scores stand on both sides of the n-th, their share of class 1 counts.
[[nodiscard]] double precision_at_n(const Tensor& scores, const Tensor& labels, std::int64_t n = 0);

/// Keeps all scores and labels.
class Ranking : public Metric {
 public:
  void update(const Tensor& scores, const Tensor& labels) override;
  void reset() override { scores_.clear(), labels_.clear(); }

 protected:
  [[nodiscard]] Tensor scores() const;
  [[nodiscard]] Tensor labels() const;

 private:
  std::vector<double> scores_;
  std::vector<std::int64_t> labels_;
};

class AreaUnderROC final : public Ranking {
 public:
  [[nodiscard]] std::string name() const override { return "auc"; }
  [[nodiscard]] double result() const override { return roc_auc(scores(), labels()); }
};

class AveragePrecision final : public Ranking {
 public:
  [[nodiscard]] std::string name() const override { return "average_precision"; }
  [[nodiscard]] double result() const override { return average_precision(scores(), labels()); }
};

class PrecisionAtN final : public Ranking {
 public:
  explicit PrecisionAtN(std::int64_t n = 0) : n_(n) {}
  [[nodiscard]] std::string name() const override { return "precision_at_n"; }
  [[nodiscard]] double result() const override { return precision_at_n(scores(), labels(), n_); }

 private:
  std::int64_t n_;
};

}  // namespace hourglass::training::metrics
