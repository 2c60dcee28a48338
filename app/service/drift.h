#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <vector>

namespace hourglass::service {

/// How the scores of late differ from those of the training rows: the Kolmogorov-Smirnov distance
///
///     sup_s |F(s) - G(s)|,   F the distribution of the last scores, G that of the training's
///
/// which is 0 where they are alike and 1 where all lie apart, and how many are above the threshold.
class Drift {
 public:
  static constexpr std::size_t kWindow = 1000;  // scores

  void add(double score);
  /// Begins anew: for another model.
  void clear() { scores_.clear(), next_ = 0; }
  [[nodiscard]] std::size_t size() const { return scores_.size(); }
  /// Against training scores (N,) float64, ascending. nan for none of either.
  [[nodiscard]] double distance(const Tensor& training) const;
  /// The share above the threshold; nan for none.
  [[nodiscard]] double above(double threshold) const;

 private:
  std::vector<double> scores_;
  std::size_t next_ = 0;
};

}  // namespace hourglass::service
