#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/missing.h>
#include <hourglass/tensor/shape.h>

#include <algorithm>

namespace hourglass {

namespace {

std::string text_of(std::span<const std::int64_t> extents) {
  std::string out = "(";
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (i > 0) out += ", ";
    out += std::to_string(extents[i]);
  }
  return out + (extents.size() == 1 ? ",)" : ")");
}

}  // namespace

Shape::Shape(std::span<const std::int64_t> extents) {
  if (extents.size() > kMaxRank) {
    throw ShapeError("shape: {} has {} axes; at most {} are supported", text_of(extents), extents.size(),
                     kMaxRank);
  }
  std::int64_t size = 1;
  bool too_large = false, empty = false;
  for (std::int64_t extent : extents) {
    if (extent < 0) throw ShapeError("shape: {} has a negative extent", text_of(extents));
    empty = empty || extent == 0;
    too_large = too_large || __builtin_mul_overflow(size, extent == 0 ? 1 : extent, &size);
  }
  if (too_large && !empty)
    throw ShapeError("shape: {} has more elements than can be counted", text_of(extents));
  std::copy(extents.begin(), extents.end(), extents_.begin());
  rank_ = static_cast<int>(extents.size());
}

std::int64_t Shape::size() const {
  std::int64_t n = 1;
  for (std::int64_t extent : *this) n *= extent;
  return n;
}

int Shape::wrapped_axis(int axis) const {
  if (axis < -rank_ || axis >= rank_) throw IndexError("axis {} is out of range for shape {}", axis, str());
  return axis < 0 ? axis + rank_ : axis;
}

Shape Shape::with(int axis, std::int64_t extent) const {
  Shape out = *this;
  out.extents_[static_cast<std::size_t>(axis_index(axis))] = extent;
  return out;
}

Shape Shape::without(int axis) const {
  Shape out = *this;
  const int at = axis_index(axis);
  std::copy(begin() + at + 1, end(), out.extents_.begin() + at);
  out.extents_[static_cast<std::size_t>(--out.rank_)] = 0;
  return out;
}

Shape Shape::insert(int axis, std::int64_t extent) const {
  if (rank_ == kMaxRank)
    throw ShapeError("shape: {} has no room for one more axis (at most {})", str(), kMaxRank);
  Shape out = *this;
  ++out.rank_;
  const int at = out.axis_index(axis);
  std::copy(begin() + at, end(), out.extents_.begin() + at + 1);
  out.extents_[static_cast<std::size_t>(at)] = extent;
  return out;
}

std::string Shape::str() const { return text_of({begin(), end()}); }

Strides contiguous_strides(const Shape& shape) {
  Strides strides{};
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<std::size_t>(i)] = step;
    step *= shape[i];
  }
  return strides;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b) {
  if (a == b) return a;
  Shape out = a.rank() >= b.rank() ? a : b;
  for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
    if (a[-i] == b[-i]) continue;
    if (a[-i] != 1 && b[-i] != 1) {
      throw ShapeError(
          "{}: shapes {} and {} do not broadcast: counted from the last axis, extents must be equal or one "
          "of "
          "them 1, but axis {} has {} and {}{}",
          op, a.str(), b.str(), -i, a[-i], b[-i], detail::note_if_missing(a, b));
    }
    out = out.with(-i, a[-i] == 1 ? b[-i] : a[-i]);
  }
  return out;
}

}  // namespace hourglass
