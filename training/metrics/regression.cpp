#include <hourglass/tensor/base/error.h>
#include <hourglass/training/metrics/regression.h>

#include <cmath>

namespace hourglass::training::metrics {

namespace {

void expect_alike(const std::string& name, const Tensor& y, const Tensor& t) {
  if (!(y.shape() == t.shape())) {
    throw ShapeError("{}: predictions {} and targets {} must have one shape; reshape one of them", name,
                     y.shape(), t.shape());
  }
  if (!is_floating(y.dtype()) || !is_floating(t.dtype()))
    throw DTypeError("{}: expects floating numbers, got {} and {}; convert them with x.to(hg::float64)", name,
                     hourglass::name(y.dtype()), hourglass::name(t.dtype()));
}

// Σ f(y, t) over all elements, in float64 and in their order.
template <class F>
double sum_of(const Tensor& y, const Tensor& t, F f) {
  const Tensor a = y.to(float64).contiguous(), b = t.to(float64).contiguous();
  double sum = 0.0;
  for (std::int64_t i = 0; i < a.size(); ++i) sum += f(a.data<double>()[i], b.data<double>()[i]);
  return sum;
}

double mean(const std::string& name, double sum, std::int64_t count) {
  if (count == 0) throw DataError("{}: there is no element to take the mean of; update() it first", name);
  return sum / static_cast<double>(count);
}

template <class M>
double over_all(const Tensor& y, const Tensor& t) {
  M metric;
  metric.update(y, t);
  return metric.result();
}

}  // namespace

double mean_squared_error(const Tensor& y, const Tensor& t) { return over_all<MeanSquaredError>(y, t); }
double root_mean_squared_error(const Tensor& y, const Tensor& t) {
  return over_all<RootMeanSquaredError>(y, t);
}
double mean_absolute_error(const Tensor& y, const Tensor& t) { return over_all<MeanAbsoluteError>(y, t); }
double explained_variance(const Tensor& y, const Tensor& t) { return over_all<ExplainedVariance>(y, t); }

void MeanSquaredError::update(const Tensor& y, const Tensor& t) {
  expect_alike(name(), y, t);
  sum_ += sum_of(y, t, [](double a, double b) { return (a - b) * (a - b); });
  count_ += y.size();
}
double MeanSquaredError::result() const { return mean(name(), sum_, count_); }
double RootMeanSquaredError::result() const { return std::sqrt(MeanSquaredError::result()); }

void MeanAbsoluteError::update(const Tensor& y, const Tensor& t) {
  expect_alike(name(), y, t);
  sum_ += sum_of(y, t, [](double a, double b) { return std::abs(a - b); });
  count_ += y.size();
}
double MeanAbsoluteError::result() const { return mean(name(), sum_, count_); }

void ExplainedVariance::Moments::add(double v, std::int64_t count) {
  const double before = v - mean;
  mean += before / static_cast<double>(count);
  squares += before * (v - mean);
}

void ExplainedVariance::update(const Tensor& y, const Tensor& t) {
  expect_alike(name(), y, t);
  if (y.rank() < 1 || y.shape(0) == 0) return;
  const std::int64_t rows = y.shape(0), width = y.size() / rows;
  if (count_ > 0 && width != std::ssize(columns_))
    throw ShapeError("{}: batches of {} columns came before, this one has {}; reset() between data sets",
                     name(), columns_.size(), width);
  columns_.resize(static_cast<std::size_t>(width));
  const Tensor a = y.to(float64).contiguous(), b = t.to(float64).contiguous();
  for (std::int64_t i = 0; i < rows; ++i) {
    ++count_;
    for (std::int64_t c = 0; c < width; ++c) {
      const double target = b.data<double>()[i * width + c];
      Column& column = columns_[static_cast<std::size_t>(c)];
      column.target.add(target, count_);
      column.error.add(target - a.data<double>()[i * width + c], count_);
    }
  }
}

double ExplainedVariance::result() const {
  double sum = 0.0;
  for (const Column& c : columns_) {
    const bool constant = c.target.squares == 0.0;
    sum += constant ? (c.error.squares == 0.0 ? 1.0 : 0.0) : 1.0 - c.error.squares / c.target.squares;
  }
  return mean(name(), sum, std::ssize(columns_));
}

}  // namespace hourglass::training::metrics
