#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace hourglass::anomaly::internal {

/// The k least of many values with their indices, in order, of equal ones the first: an insertion into a
/// short list, which seldom happens.
class Least {
 public:
  Least(float* values, std::int64_t* indices, std::int64_t k) : value_(values), index_(indices), count_(k) {
    std::fill_n(value_, k, std::numeric_limits<float>::infinity());
    std::fill_n(index_, k, std::numeric_limits<std::int64_t>::max());
  }
  void offer(float v, std::int64_t i) {
    if (!before(v, i, count_ - 1)) return;
    std::int64_t at = count_ - 1;
    for (; at > 0 && before(v, i, at - 1); --at) value_[at] = value_[at - 1], index_[at] = index_[at - 1];
    value_[at] = v, index_[at] = i;
  }
  [[nodiscard]] float worst() const { return value_[count_ - 1]; }

 private:
  [[nodiscard]] bool before(float v, std::int64_t i, std::int64_t at) const {
    return v < value_[at] || (v == value_[at] && i < index_[at]);
  }

  float* value_;
  std::int64_t* index_;
  std::int64_t count_;
};

/// Whether one of v[0 … n) is at most `worst`; without a branch for each, so that it is vectorised.
inline bool any_up_to(const float* v, std::int64_t n, float worst) {
  int found = 0;
  for (std::int64_t j = 0; j < n; ++j) found |= v[j] <= worst ? 1 : 0;
  return found != 0;
}

}  // namespace hourglass::anomaly::internal
