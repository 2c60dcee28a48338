#include <hourglass/anomaly/thresholds.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/sort.h>
#include <hourglass/training/metrics/ranking.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hourglass::anomaly {

namespace {

using Sorted = std::vector<double>;

Sorted sorted_scores(const char* op, const Tensor& scores) {
  if (scores.rank() != 1 || scores.size() < 2)
    throw DataError("{}: needs scores (N,), two at least, got shape {}; those of the training rows", op,
                    scores.shape());
  if (!all_finite(scores))
    throw DataError("{}: a score is nan or infinite; are there infinite entries in the table?", op);
  const Tensor s = sort(scores.to(float64)).contiguous();
  return {s.data<double>(), s.data<double>() + s.size()};
}

double quantile(const Sorted& s, double q) {
  const double at = q * static_cast<double>(s.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, s.size() - 1);
  return s[below] + (at - static_cast<double>(below)) * (s[above] - s[below]);
}

double mad_threshold(const Sorted& s, double k) {
  const double median = quantile(s, 0.5);
  Sorted off;
  off.reserve(s.size());
  for (const double v : s) off.push_back(std::abs(v - median));
  std::sort(off.begin(), off.end());
  return median + k * 1.4826 * quantile(off, 0.5);  // 1 / Φ⁻¹(3/4): the deviation of a normal distribution
}

double sigma_threshold(const Sorted& s, double k) {
  const auto n = static_cast<double>(s.size());
  double mean = 0.0, squares = 0.0;
  for (const double v : s) mean += v / n;
  for (const double v : s) squares += (v - mean) * (v - mean) / n;
  return mean + k * std::sqrt(squares);
}

constexpr double kPeaks = 0.1;  // the share of scores whose excesses are fitted

double tail_threshold(const Sorted& s, double p) {
  const double u = quantile(s, 1.0 - kPeaks);
  std::vector<double> excesses;
  for (const double v : s) {
    if (v > u) excesses.push_back(v - u);
  }
  if (excesses.size() < 2) return u;
  Tensor x(Shape{std::ssize(excesses)}, float64);
  std::copy(excesses.begin(), excesses.end(), x.mutable_data<double>());
  const double share = static_cast<double>(excesses.size()) / static_cast<double>(s.size());
  return u + fit_tail(x).quantile(std::min(1.0, p / share));
}

// The value given or usual, which must be in (0, most].
double value_of(const ThresholdOptions& o, double usual, double most) {
  const double v = o.value.value_or(usual);
  if (v > 0.0 && v <= most) return v;
  throw DataError("threshold: the value of {} must be above 0 and at most {}, got {}; {} is usual",
                  enum_names(o.kind)[static_cast<std::size_t>(o.kind)], most, v, usual);
}

}  // namespace

double threshold(const Tensor& scores, const ThresholdOptions& options) {
  const Sorted s = sorted_scores("threshold", scores);
  constexpr double kAny = 1e6, kShare = 1.0 - 1e-9;
  switch (options.kind) {
    case ThresholdKind::automatic:
      if (options.value)
        throw DataError("threshold: automatic takes no value, got {}; name the kind that it is of",
                        *options.value);
      return s.size() >= 100 ? tail_threshold(s, 0.01) : mad_threshold(s, 3.5);
    case ThresholdKind::sigma:
      return sigma_threshold(s, value_of(options, 3.0, kAny));
    case ThresholdKind::quantile:
      return quantile(s, value_of(options, 0.99, kShare));
    case ThresholdKind::contamination:
      return quantile(s, 1.0 - value_of(options, 0.05, kShare));
    case ThresholdKind::mad:
      return mad_threshold(s, value_of(options, 3.5, kAny));
    case ThresholdKind::iqr: {
      const double k = value_of(options, 1.5, kAny), q1 = quantile(s, 0.25), q3 = quantile(s, 0.75);
      return q3 + k * (q3 - q1);
    }
    case ThresholdKind::tail:
      return tail_threshold(s, value_of(options, 0.01, kPeaks));
  }
  throw DataError("threshold: there is no such kind; take one of enum ThresholdKind");
}

double Tail::quantile(double p) const {
  return std::abs(shape) < 1e-9 ? -scale * std::log(p) : scale / shape * (std::pow(p, -shape) - 1.0);
}

// With b0 = E[Y] and b1 = E[Y (1 - F(Y))]:  ξ = 2 - b0 / (b0 - 2 b1),  σ = 2 b0 b1 / (b0 - 2 b1).
Tail fit_tail(const Tensor& excesses) {
  const Sorted y = sorted_scores("fit_tail", excesses);
  const auto n = static_cast<double>(y.size());
  double b0 = 0.0, b1 = 0.0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    b0 += y[i] / n;
    b1 += y[i] * (n - 1.0 - static_cast<double>(i)) / (n - 1.0) / n;
  }
  if (y.front() < 0.0 || b0 <= 0.0)
    throw DataError("fit_tail: excesses must not be negative, nor all 0; subtract the level they exceed");
  if (b1 <= 0.0 || b0 - 2.0 * b1 <= 1e-12 * b0) return {0.0, b0};  // all alike, or almost
  return {2.0 - b0 / (b0 - 2.0 * b1), 2.0 * b0 * b1 / (b0 - 2.0 * b1)};
}

BestThreshold best_f1(const Tensor& scores, const Tensor& labels) {
  const auto curve = training::metrics::precision_recall_curve(scores, labels);
  const Tensor recall = curve.x.contiguous(), precision = curve.y.contiguous(),
               from = curve.thresholds.contiguous();
  BestThreshold best{from.data<double>()[0], 0.0};
  for (std::int64_t i = 0; i + 1 < from.size(); ++i) {
    const double r = recall.data<double>()[i], p = precision.data<double>()[i];
    const double f1 = p + r > 0.0 ? 2.0 * p * r / (p + r) : 0.0;
    if (f1 <= best.f1) continue;
    const double here = from.data<double>()[i], below = i > 0 ? from.data<double>()[i - 1] : here - 1e-9;
    best = {0.5 * (here + below), f1};
  }
  return best;
}

}  // namespace hourglass::anomaly
