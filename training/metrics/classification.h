#pragma once

#include <hourglass/training/metrics/metric.h>

#include <cstdint>

/// Predicted classes against labels (N,), int64 or uint8. Predictions are classes (N,), int64 or uint8;
/// scores (N, C), of which the largest counts; or, for two classes, probabilities (N,), of which those from
/// 0.5 mean class 1. Throw ShapeError or DTypeError for others, DataError for a negative class.
namespace hourglass::training::metrics {

/// How a figure of each class becomes one.
enum class Average : std::uint8_t {
  binary,    // that of class 1; there must be no others than 0 and 1
  macro,     // the mean over the classes that occur
  micro,     // over all examples at once
  weighted,  // the mean weighted by the classes' true examples
};

/// How often class j was predicted where i is true.    -> (C, C) int64, row i, column j
/// C is one more than the largest class that occurs.
[[nodiscard]] Tensor confusion_matrix(const Tensor& predictions, const Tensor& labels);

/// The share of right ones; of class c with tp, fp and fn true positives, false positives and negatives:
///     precision = tp / (tp + fp),   recall = tp / (tp + fn),   F1 = 2 tp / (2 tp + fp + fn),
/// each 0 where its denominator is, as in scikit-learn.
[[nodiscard]] double accuracy(const Tensor& predictions, const Tensor& labels);
[[nodiscard]] double precision(const Tensor& predictions, const Tensor& labels,
                               Average average = Average::binary);
[[nodiscard]] double recall(const Tensor& predictions, const Tensor& labels,
                            Average average = Average::binary);
[[nodiscard]] double f1(const Tensor& predictions, const Tensor& labels, Average average = Average::binary);

/// Counts; the metrics below read theirs.
class ConfusionMatrix : public Metric {
 public:
  [[nodiscard]] std::string name() const override { return "accuracy"; }
  void update(const Tensor& predictions, const Tensor& labels) override;
  /// The share of the diagonal: the accuracy.
  [[nodiscard]] double result() const override;
  void reset() override { counts_.clear(), classes_ = 0; }
  /// (C, C) int64.
  [[nodiscard]] Tensor matrix() const;

 protected:
  struct Counts {
    double tp = 0.0, fp = 0.0, fn = 0.0;
  };
  using Formula = double (*)(const Counts&);
  [[nodiscard]] double averaged(Average average, Formula formula) const;

 private:
  [[nodiscard]] std::int64_t at(std::int64_t truth, std::int64_t predicted) const {
    return counts_[static_cast<std::size_t>(truth * classes_ + predicted)];
  }
  void grow(std::int64_t classes);

  std::vector<std::int64_t> counts_;
  std::int64_t classes_ = 0;
};

class Accuracy final : public ConfusionMatrix {};

class Precision final : public ConfusionMatrix {
 public:
  explicit Precision(Average average = Average::binary) : average_(average) {}
  [[nodiscard]] std::string name() const override { return "precision"; }
  [[nodiscard]] double result() const override;

 private:
  Average average_;
};

class Recall final : public ConfusionMatrix {
 public:
  explicit Recall(Average average = Average::binary) : average_(average) {}
  [[nodiscard]] std::string name() const override { return "recall"; }
  [[nodiscard]] double result() const override;

 private:
  Average average_;
};

class F1 final : public ConfusionMatrix {
 public:
  explicit F1(Average average = Average::binary) : average_(average) {}
  [[nodiscard]] std::string name() const override { return "f1"; }
  [[nodiscard]] double result() const override;

 private:
  Average average_;
};

}  // namespace hourglass::training::metrics
