#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace hourglass::anomaly {

namespace internal {
class Boxes;
class Least;
}  // namespace internal

/// Rows (R, D) float32 to be near to, and the k nearest of them by Euclidean distance (Ramaswamy et al.
/// 2000).
///
/// Method: of few columns boxes of rows, of which the near ones are looked into, else |q - r|² = |q|² - 2 q·r
/// + |r|² by matrix products, block by block; either finds the k nearest in float32, of equal ones the first.
/// Their distances are then taken anew from the differences, in float64. k is at most R (R - 1 for own rows).
class NearestRows {
 public:
  NearestRows() = default;
  /// Throws ShapeError unless there are two rows or more, DTypeError unless float32, DataError unless k >= 1
  /// and all numbers are finite.
  explicit NearestRows(const Tensor& rows, std::int64_t k = 5);

  /// The mean distance to the k nearest.    (N, D) float32 -> (N,) float64
  /// Throws ShapeError for rows of another width.
  [[nodiscard]] Tensor distances(const Tensor& x) const;
  /// The same for the rows themselves, none of which counts as its own neighbour.    -> (R,) float64
  [[nodiscard]] Tensor own_distances() const;
  /// Which they are, the nearest first.    (N, D) -> (N, k) int64
  [[nodiscard]] Tensor nearest(const Tensor& x) const;

  [[nodiscard]] const Tensor& rows() const { return rows_; }
  [[nodiscard]] std::int64_t k() const { return k_; }

 private:
  using Found = std::pair<Tensor, Tensor>;  // indices (N, k), mean distances (N,)
  [[nodiscard]] Found search(const Tensor& x, bool own) const;
  void offer_products(const Tensor& x, std::vector<internal::Least>& lists, std::int64_t own) const;

  Tensor rows_, minus_twice_, squares_;           // r (R, D), -2 rᵀ (D, R), |r|² (R,); float32
  std::shared_ptr<const internal::Boxes> boxes_;  // or none
  std::int64_t k_ = 5;
};

}  // namespace hourglass::anomaly
