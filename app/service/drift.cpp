#include <hourglass/app/service/drift.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hourglass::service {

namespace {
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
}

void Drift::add(double score) {
  if (!std::isfinite(score)) return;
  if (scores_.size() < kWindow) {
    scores_.push_back(score);
  } else {
    scores_[next_] = score;
    next_ = (next_ + 1) % kWindow;
  }
}

double Drift::distance(const Tensor& training) const {
  const std::int64_t n = training.size();
  if (n == 0 || scores_.empty()) return kNone;
  std::vector<double> late = scores_;
  std::sort(late.begin(), late.end());
  const double *const begin = training.data<double>(), *const end = begin + n;
  double most = 0.0;
  // The largest gap is beside one of the late scores, just before it or at it.
  for (std::size_t i = 0; i < late.size(); ++i) {
    const auto below =
        static_cast<double>(std::lower_bound(begin, end, late[i]) - begin) / static_cast<double>(n);
    const auto up_to =
        static_cast<double>(std::upper_bound(begin, end, late[i]) - begin) / static_cast<double>(n);
    const auto count = static_cast<double>(late.size());
    most = std::max({most, std::abs(below - static_cast<double>(i) / count),
                     std::abs(up_to - static_cast<double>(i + 1) / count)});
  }
  return most;
}

double Drift::above(double threshold) const {
  if (scores_.empty() || std::isnan(threshold)) return kNone;
  const auto count = std::count_if(scores_.begin(), scores_.end(), [&](double s) { return s > threshold; });
  return static_cast<double>(count) / static_cast<double>(scores_.size());
}

}  // namespace hourglass::service
