#pragma once

// From which score on a row is said to be an anomaly, by the scores s of N training rows:
//
//     sigma           mean + k · deviation                                    k = 3
//     quantile        the q-quantile, linear between neighbours               q = 0.99
//     contamination   the (1 - c)-quantile: c of the training rows are none   c = 0.05
//     mad             median + k · 1.4826 · median |s - median|               k = 3.5 (Iglewicz & Hoaglin
//     1993) iqr             Q3 + k · (Q3 - Q1)                                      k = 1.5 (Tukey 1977) tail
//     peaks over the 90% quantile u: their excesses follow the generalised Pareto distribution
//                     1 - (1 + ξ y / σ)^(-1/ξ), fitted by probability-weighted moments (Hosking & Wallis
//                     1987); the score that a share p of normal rows exceeds:  u + σ/ξ ((p / 0.1)^-ξ - 1) p =
//                     0.01
//     automatic       tail for 100 rows or more, else mad; neither asks what the scores look like

#include <hourglass/tensor/tensor.h>

#include <array>
#include <cstdint>
#include <optional>

namespace hourglass::anomaly {

enum class ThresholdKind : std::uint8_t { automatic, sigma, quantile, contamination, mad, iqr, tail };
constexpr auto enum_names(ThresholdKind /*of*/) {
  return std::to_array<const char*>(
      {"automatic", "sigma", "quantile", "contamination", "mad", "iqr", "tail"});
}

struct ThresholdOptions {
  ThresholdKind kind = ThresholdKind::automatic;
  std::optional<double> value{};  // k, q, c or p; none: as above. Automatic takes none
};
template <class V>
void visit(ThresholdOptions& o, V&& v) {
  v("kind", o.kind), v("value", o.value);
}

/// The threshold; a row is an anomaly whose score is above it.
///
/// scores (N,). Throws DataError for fewer than two scores, one that is not finite, or a value out of range:
/// q, c and p in (0, 1), p at most 0.1, k positive.
[[nodiscard]] double threshold(const Tensor& scores, const ThresholdOptions& options = {});

/// The generalised Pareto distribution of excesses.
struct Tail {
  double shape, scale;  // ξ < 1, σ > 0
  /// The excess that a share p of all exceeds.
  [[nodiscard]] double quantile(double p) const;
};
/// Of excesses (N,), which are not negative. Throws DataError for fewer than two, or if all are 0.
[[nodiscard]] Tail fit_tail(const Tensor& excesses);

struct BestThreshold {
  double threshold, f1;
};
/// Where F1 is largest, halfway to the next score below. labels (N,) with 1 for an anomaly. Throws as
/// training::metrics::precision_recall_curve.
[[nodiscard]] BestThreshold best_f1(const Tensor& scores, const Tensor& labels);

}  // namespace hourglass::anomaly
