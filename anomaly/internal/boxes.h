#pragma once

#include <hourglass/anomaly/internal/least.h>
#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <vector>

namespace hourglass::anomaly::internal {

/// Rows in boxes: halved where they are widest until few are left, as the leaves of a k-d tree (Bentley
/// 1975). A box is looked into only where it is nearer than the k-th row found so far. The distances to all
/// boxes are one loop over columns that vectorises, which among up to some thousand of them beats a walk down
/// the tree. With many columns nearly all boxes are near, and looking at all rows is quicker.
class Boxes {
 public:
  /// rows (R, D) float32, R >= 1, finite.
  explicit Boxes(const Tensor& rows);
  /// Offers `least` the squared distances from q (D) of all rows that can be among them, but that of row
  /// `but`; -1 for none. `room` is for padded() numbers.
  void search(const float* q, Least& least, std::int64_t but, float* room) const;
  [[nodiscard]] std::int64_t padded() const { return padded_; }

 private:
  void halve(std::int64_t begin, std::int64_t end, std::int64_t boxes, const float* rows);
  void fill(std::int64_t begin, std::int64_t end, const float* rows);
  void scan(std::int64_t box, const float* q, Least& least, std::int64_t but) const;

  std::int64_t width_ = 0, padded_ = 0;
  std::vector<std::int64_t> order_, starts_;  // rows box by box, and where each box begins
  std::vector<float> low_, high_;             // of each column the lower and upper ends of all boxes
  std::vector<float> rows_;                   // of each box D columns of kBox numbers
};

}  // namespace hourglass::anomaly::internal
