#pragma once

#include <hourglass/training/metrics/metric.h>

#include <cstdint>

/// Errors of numbers y against targets t of the same shape, over all elements. Throw ShapeError if the shapes
/// differ, DTypeError unless floating, DataError without any element.
namespace hourglass::training::metrics {

[[nodiscard]] double mean_squared_error(const Tensor& y, const Tensor& t);       // mean (y - t)²
[[nodiscard]] double root_mean_squared_error(const Tensor& y, const Tensor& t);  // its root
[[nodiscard]] double mean_absolute_error(const Tensor& y, const Tensor& t);      // mean |y - t|
/// 1 - Var(t - y) / Var(t) for each column of (N, …), and the mean of these; a constant column counts 1 if
/// its errors are constant too, else 0. As scikit-learn's explained_variance_score.
[[nodiscard]] double explained_variance(const Tensor& y, const Tensor& t);

class MeanSquaredError : public Metric {
 public:
  [[nodiscard]] std::string name() const override { return "mse"; }
  void update(const Tensor& y, const Tensor& t) override;
  [[nodiscard]] double result() const override;
  void reset() override { sum_ = 0.0, count_ = 0; }

 private:
  double sum_ = 0.0;
  std::int64_t count_ = 0;
};

class RootMeanSquaredError final : public MeanSquaredError {
 public:
  [[nodiscard]] std::string name() const override { return "rmse"; }
  [[nodiscard]] double result() const override;
};

class MeanAbsoluteError final : public Metric {
 public:
  [[nodiscard]] std::string name() const override { return "mae"; }
  void update(const Tensor& y, const Tensor& t) override;
  [[nodiscard]] double result() const override;
  void reset() override { sum_ = 0.0, count_ = 0; }

 private:
  double sum_ = 0.0;
  std::int64_t count_ = 0;
};

/// Keeps means and squared deviations of targets and errors (Welford 1962).
class ExplainedVariance final : public Metric {
 public:
  [[nodiscard]] std::string name() const override { return "explained_variance"; }
  void update(const Tensor& y, const Tensor& t) override;
  [[nodiscard]] double result() const override;
  void reset() override { columns_.clear(), count_ = 0; }

 private:
  struct Moments {
    double mean = 0.0, squares = 0.0;
    void add(double v, std::int64_t count);
  };
  struct Column {
    Moments target, error;
  };
  std::vector<Column> columns_;
  std::int64_t count_ = 0;
};

}  // namespace hourglass::training::metrics
