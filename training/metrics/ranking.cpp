#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/training/metrics/ranking.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace hourglass::training::metrics {

namespace {

void check(const std::string& name, const Tensor& scores, const Tensor& labels) {
  if (scores.rank() != 1 || !(scores.shape() == labels.shape()))
    throw ShapeError("{}: scores {} and labels {} must both be (N,); reshape(x, {x.size()}) makes one axis",
                     name, scores.shape(), labels.shape());
  if (!is_floating(scores.dtype()) || is_floating(labels.dtype())) {
    throw DTypeError(
        "{}: scores must be floating and labels int64 or uint8, got {} and {}; convert them with x.to()",
        name, hourglass::name(scores.dtype()), hourglass::name(labels.dtype()));
  }
}

// The counts of both classes at or above each score that occurs, from the highest on.
struct Steps {
  std::vector<double> thresholds, positives, negatives;

  [[nodiscard]] std::size_t size() const { return thresholds.size(); }
};

Steps steps_of(const std::string& name, const Tensor& given_scores, const Tensor& given_labels) {
  check(name, given_scores, given_labels);
  const Tensor s = given_scores.to(float64).contiguous(), l = given_labels.to(int64).contiguous();
  const double* const scores = s.data<double>();
  const std::int64_t* const labels = l.data<std::int64_t>();
  for (std::int64_t i = 0; i < s.size(); ++i) {
    if (std::isnan(scores[i])) throw DataError("{}: the score of example {} is nan; leave it out", name, i);
    if (labels[i] != 0 && labels[i] != 1)
      throw DataError("{}: example {} has label {}; labels are 0 and 1, 1 for what scores high", name, i,
                      labels[i]);
  }
  std::vector<std::int64_t> order(static_cast<std::size_t>(s.size()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::int64_t a, std::int64_t b) { return scores[a] > scores[b]; });
  Steps out;
  double positives = 0.0, negatives = 0.0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    (labels[order[i]] == 1 ? positives : negatives) += 1.0;
    if (i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]]) continue;
    out.thresholds.push_back(scores[order[i]]);
    out.positives.push_back(positives);
    out.negatives.push_back(negatives);
  }
  return out;
}

void expect_classes(const std::string& name, const Steps& steps, bool both) {
  const double positives = steps.size() == 0 ? 0.0 : steps.positives.back(),
               negatives = steps.size() == 0 ? 0.0 : steps.negatives.back();
  if (positives > 0.0 && (negatives > 0.0 || !both)) return;
  throw DataError("{}: {} examples of class 1 and {} of class 0 have no such figure; it needs {}", name,
                  positives, negatives, both ? "both" : "some of class 1");
}

Tensor list(const std::vector<double>& values) {
  return from_span(std::span<const double>(values), Shape{std::ssize(values)});
}

}  // namespace

Curve roc_curve(const Tensor& scores, const Tensor& labels, const CurveOptions& options) {
  const Steps steps = steps_of("roc_curve", scores, labels);
  expect_classes("roc_curve", steps, true);
  std::vector<double> x{0.0}, y{0.0}, thresholds{std::numeric_limits<double>::infinity()};
  const std::size_t n = steps.size();
  for (std::size_t i = 0; i < n; ++i) {
    const auto straight = [&](const std::vector<double>& v) { return v[i + 1] - v[i] == v[i] - v[i - 1]; };
    const bool between = options.drop_intermediate && i > 0 && i + 1 < n && straight(steps.positives) &&
                         straight(steps.negatives);
    if (between) continue;
    x.push_back(steps.negatives[i] / steps.negatives.back());
    y.push_back(steps.positives[i] / steps.positives.back());
    thresholds.push_back(steps.thresholds[i]);
  }
  return {list(x), list(y), list(thresholds)};
}

Curve precision_recall_curve(const Tensor& scores, const Tensor& labels) {
  const Steps steps = steps_of("precision_recall_curve", scores, labels);
  expect_classes("precision_recall_curve", steps, false);
  std::vector<double> x, y, thresholds;
  for (std::size_t i = steps.size(); i-- > 0;) {
    x.push_back(steps.positives[i] / steps.positives.back());
    y.push_back(steps.positives[i] / (steps.positives[i] + steps.negatives[i]));
    thresholds.push_back(steps.thresholds[i]);
  }
  x.push_back(0.0), y.push_back(1.0), thresholds.push_back(std::numeric_limits<double>::infinity());
  return {list(x), list(y), list(thresholds)};
}

double area(const Curve& curve) {
  if (curve.x.rank() != 1 || !(curve.x.shape() == curve.y.shape()) || curve.x.size() < 2)
    throw ShapeError("area: a curve needs x and y of two points or more, got {} and {}; roc_curve makes one",
                     curve.x.shape(), curve.y.shape());
  const Tensor xs = curve.x.to(float64).contiguous(), ys = curve.y.to(float64).contiguous();
  const double *const x = xs.data<double>(), *const y = ys.data<double>();
  const std::int64_t n = xs.size();
  const bool rises = std::is_sorted(x, x + n), falls = std::is_sorted(x, x + n, std::greater<>());
  if (!rises && !falls) throw DataError("area: x neither rises nor falls; sort the points by it");
  double sum = 0.0;
  for (std::int64_t i = 1; i < n; ++i) sum += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2.0;
  return rises ? sum : -sum;
}

double roc_auc(const Tensor& scores, const Tensor& labels) {
  const Steps steps = steps_of("roc_auc", scores, labels);
  expect_classes("roc_auc", steps, true);
  double sum = 0.0, x = 0.0, y = 0.0;
  for (std::size_t i = 0; i < steps.size(); ++i) {  // whole and half numbers: exact up to 2⁵²
    sum += (steps.negatives[i] - x) * (steps.positives[i] + y) / 2.0;
    x = steps.negatives[i], y = steps.positives[i];
  }
  return sum / (x * y);
}

double average_precision(const Tensor& scores, const Tensor& labels) {
  const Steps steps = steps_of("average_precision", scores, labels);
  expect_classes("average_precision", steps, false);
  double sum = 0.0, before = 0.0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    sum += (steps.positives[i] - before) * steps.positives[i] / (steps.positives[i] + steps.negatives[i]);
    before = steps.positives[i];
  }
  return sum / before;
}

double precision_at_n(const Tensor& scores, const Tensor& labels, std::int64_t n) {
  const Steps steps = steps_of("precision_at_n", scores, labels);
  if (n < 0 || n > scores.size())
    throw DataError(
        "precision_at_n: n must be from 1 to the {} examples, or 0 for as many as are of class 1, got {}; "
        "choose another",
        scores.size(), n);
  if (n == 0) expect_classes("precision_at_n", steps, false);
  if (steps.size() == 0) throw DataError("precision_at_n: there is no example; give some");
  const double wanted = n > 0 ? static_cast<double>(n) : steps.positives.back();
  double positives = 0.0, seen = 0.0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double here = steps.positives[i] + steps.negatives[i] - seen,
                 found = steps.positives[i] - positives;
    if (seen + here >= wanted) return (positives + found * (wanted - seen) / here) / wanted;
    seen += here, positives += found;
  }
  return positives / wanted;
}

void Ranking::update(const Tensor& scores, const Tensor& labels) {
  check(name(), scores, labels);
  const Tensor s = scores.to(float64).contiguous(), l = labels.to(int64).contiguous();
  scores_.insert(scores_.end(), s.data<double>(), s.data<double>() + s.size());
  labels_.insert(labels_.end(), l.data<std::int64_t>(), l.data<std::int64_t>() + l.size());
}
Tensor Ranking::scores() const { return list(scores_); }
Tensor Ranking::labels() const {
  return from_span(std::span<const std::int64_t>(labels_), Shape{std::ssize(labels_)});
}

}  // namespace hourglass::training::metrics
