#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/metrics/classification.h>

#include <algorithm>

namespace hourglass::training::metrics {

namespace {

constexpr std::int64_t kMostClasses = 10000;  // a matrix of them is 800 MB

// The classes that predictions mean.
Tensor classes_of(const std::string& name, const Tensor& predictions, const Tensor& labels) {
  const bool scores = is_floating(predictions.dtype());
  const bool fits = scores && predictions.rank() == 2 ? predictions.shape().without(-1) == labels.shape()
                                                      : predictions.shape() == labels.shape();
  if (!fits || labels.rank() != 1 || (predictions.rank() == 2 && predictions.shape(1) == 0)) {
    throw ShapeError(
        "{}: predictions {} {} do not fit labels {}; expected (N,), or scores (N, C), for labels (N,)", name,
        hourglass::name(predictions.dtype()), predictions.shape(), labels.shape());
  }
  if (!scores) return predictions.to(int64).contiguous();
  if (predictions.rank() == 2) return argmax(predictions, -1);
  const Tensor p = predictions.to(float64).contiguous();
  Tensor out(p.shape(), int64);
  for (std::int64_t i = 0; i < p.size(); ++i)
    out.mutable_data<std::int64_t>()[i] = p.data<double>()[i] >= 0.5 ? 1 : 0;
  return out;
}

void check_class(const std::string& name, std::int64_t value, std::int64_t row) {
  if (value >= 0 && value < kMostClasses) return;
  throw DataError("{}: example {} has class {}; classes are whole numbers from 0 to {}", name, row, value,
                  kMostClasses - 1);
}

double divided(double a, double b) { return b == 0.0 ? 0.0 : a / b; }

template <class M, class... A>
double over_all(const Tensor& predictions, const Tensor& labels, A... arguments) {
  M metric(arguments...);
  metric.update(predictions, labels);
  return metric.result();
}

}  // namespace

Tensor confusion_matrix(const Tensor& predictions, const Tensor& labels) {
  ConfusionMatrix counts;
  counts.update(predictions, labels);
  return counts.matrix();
}
double accuracy(const Tensor& predictions, const Tensor& labels) {
  return over_all<Accuracy>(predictions, labels);
}
double precision(const Tensor& predictions, const Tensor& labels, Average average) {
  return over_all<Precision>(predictions, labels, average);
}
double recall(const Tensor& predictions, const Tensor& labels, Average average) {
  return over_all<Recall>(predictions, labels, average);
}
double f1(const Tensor& predictions, const Tensor& labels, Average average) {
  return over_all<F1>(predictions, labels, average);
}

void ConfusionMatrix::update(const Tensor& predictions, const Tensor& labels) {
  if (is_floating(labels.dtype())) {
    throw DTypeError("{}: labels must be int64 or uint8, got {}; of one-hot labels, give argmax(labels, -1)",
                     name(), hourglass::name(labels.dtype()));
  }
  const Tensor predicted = classes_of(name(), predictions, labels), truth = labels.to(int64).contiguous();
  const std::int64_t *const p = predicted.data<std::int64_t>(), *const t = truth.data<std::int64_t>();
  std::int64_t largest = -1;
  for (std::int64_t i = 0; i < truth.size(); ++i) {
    check_class(name(), p[i], i);
    check_class(name(), t[i], i);
    largest = std::max({largest, p[i], t[i]});
  }
  grow(largest + 1);
  for (std::int64_t i = 0; i < truth.size(); ++i) ++counts_[static_cast<std::size_t>(t[i] * classes_ + p[i])];
}

void ConfusionMatrix::grow(std::int64_t classes) {
  if (classes <= classes_) return;
  std::vector<std::int64_t> larger(static_cast<std::size_t>(classes * classes));
  for (std::int64_t i = 0; i < classes_; ++i) {
    for (std::int64_t j = 0; j < classes_; ++j) larger[static_cast<std::size_t>(i * classes + j)] = at(i, j);
  }
  counts_ = std::move(larger);
  classes_ = classes;
}

Tensor ConfusionMatrix::matrix() const {
  Tensor out(Shape{classes_, classes_}, int64);
  std::copy(counts_.begin(), counts_.end(), out.mutable_data<std::int64_t>());
  return out;
}

double ConfusionMatrix::result() const {
  return averaged(Average::micro, [](const Counts& c) { return divided(c.tp, c.tp + c.fp); });
}

double ConfusionMatrix::averaged(Average average, Formula formula) const {
  if (classes_ == 0) throw DataError("{}: there is no example; update() it first", name());
  if (average == Average::binary && classes_ > 2) {
    throw DataError(
        "{}: there are {} classes, and binary means two; choose Average::macro, micro or weighted", name(),
        classes_);
  }
  Counts all;
  double sum = 0.0, weights = 0.0, of_one = 0.0;
  for (std::int64_t c = 0; c < classes_; ++c) {
    Counts counts;
    counts.tp = static_cast<double>(at(c, c));
    for (std::int64_t other = 0; other < classes_; ++other) {
      if (other == c) continue;
      counts.fp += static_cast<double>(at(other, c));
      counts.fn += static_cast<double>(at(c, other));
    }
    all.tp += counts.tp, all.fp += counts.fp, all.fn += counts.fn;
    const bool occurs = counts.tp + counts.fp + counts.fn > 0.0;
    const double weight = average == Average::weighted ? counts.tp + counts.fn : (occurs ? 1.0 : 0.0);
    sum += weight * formula(counts), weights += weight;
    if (c == 1) of_one = formula(counts);
  }
  if (average == Average::binary) return of_one;
  return average == Average::micro ? formula(all) : divided(sum, weights);
}

double Precision::result() const {
  return averaged(average_, [](const Counts& c) { return divided(c.tp, c.tp + c.fp); });
}
double Recall::result() const {
  return averaged(average_, [](const Counts& c) { return divided(c.tp, c.tp + c.fn); });
}
double F1::result() const {
  return averaged(average_, [](const Counts& c) { return divided(2.0 * c.tp, 2.0 * c.tp + c.fp + c.fn); });
}

}  // namespace hourglass::training::metrics
