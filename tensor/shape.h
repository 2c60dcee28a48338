#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace hourglass {

/// The largest number of axes a tensor may have.
inline constexpr int kMaxRank = 8;

/// The extents of a tensor along its axes, such as (64, 28, 28, 1); () is a scalar's.
///
/// Throws ShapeError for more than kMaxRank axes, a negative extent or 2⁶³ elements and more, axes of extent
/// 0 not counted: so no product of extents and no stride overflows, whatever axes are left out.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  explicit Shape(std::span<const std::int64_t> extents);

  [[nodiscard]] int rank() const { return rank_; }
  /// The extent along an axis; negative axes count from the end. Throws IndexError.
  [[nodiscard]] std::int64_t operator[](int axis) const {
    return extents_[static_cast<std::size_t>(axis_index(axis))];
  }
  /// The number of elements: the product of the extents, 1 for ().
  [[nodiscard]] std::int64_t size() const;
  [[nodiscard]] const std::int64_t* begin() const { return extents_.data(); }
  [[nodiscard]] const std::int64_t* end() const { return extents_.data() + rank_; }
  /// -1 -> rank - 1. Throws IndexError outside [-rank, rank).
  [[nodiscard]] int axis_index(int axis) const {
    if (axis >= 0 && axis < rank_) return axis;
    return wrapped_axis(axis);
  }

  /// The same shape with one extent changed, removed or put in before `axis`. Throws as the constructor.
  [[nodiscard]] Shape with(int axis, std::int64_t extent) const;
  [[nodiscard]] Shape without(int axis) const;
  [[nodiscard]] Shape insert(int axis, std::int64_t extent) const;

  /// "(64, 784)", "(3,)", "()", as NumPy writes it.
  [[nodiscard]] std::string str() const;

  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i) {
      if (a.begin()[i] != b.begin()[i]) return false;
    }
    return true;
  }

 private:
  [[nodiscard]] int wrapped_axis(int axis) const;
  void check_extents() const;

  std::array<std::int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

/// a + b and a · b, for extents, pads and strides that a user gave. Throw ShapeError that begins with the
/// op's name where 64 bits cannot hold the result.
[[nodiscard]] std::int64_t checked_sum(const char* op, std::int64_t a, std::int64_t b);
[[nodiscard]] std::int64_t checked_product(const char* op, std::int64_t a, std::int64_t b);

/// Distances, in elements, between neighbours along each axis; may be 0 (broadcast) or negative (flipped).
using Strides = std::array<std::int64_t, kMaxRank>;

/// Strides of a contiguous tensor, last axis fastest.
[[nodiscard]] Strides contiguous_strides(const Shape& shape);

/// The common shape of a and b by NumPy's rule: aligned at the last axis, extents equal or one of them 1.
/// Throws ShapeError that begins with the op's name.
[[nodiscard]] Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

}  // namespace hourglass
