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
    throw ShapeError("shape: {} has {} axes, at most {} are supported; make one axis of several with reshape",
                     text_of(extents), extents.size(), kMaxRank);
  }
  std::copy(extents.begin(), extents.end(), extents_.begin());
  rank_ = static_cast<int>(extents.size());
  check_extents();
}

void Shape::check_extents() const {
  std::int64_t size = 1;
  for (const std::int64_t extent : *this) {
    if (extent < 0)
      throw ShapeError("shape: {} has a negative extent; only reshape takes a -1, for what is left", str());
    if (extent > 0 && __builtin_mul_overflow(size, extent, &size))
      throw ShapeError("shape: {} has more elements than can be counted; work on it in parts", str());
  }
}

std::int64_t Shape::size() const {
  std::int64_t n = 1;
  for (std::int64_t extent : *this) n *= extent;
  return n;
}

int Shape::wrapped_axis(int axis) const {
  if (axis < -rank_ || axis >= rank_)
    throw IndexError("axis {} is out of range for shape {}; axes go from 0, or from -1 backwards", axis,
                     str());
  return axis < 0 ? axis + rank_ : axis;
}

Shape Shape::with(int axis, std::int64_t extent) const {
  Shape out = *this;
  out.extents_[static_cast<std::size_t>(axis_index(axis))] = extent;
  out.check_extents();
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
    throw ShapeError(
        "shape: {} has no room for one more axis (at most {}); make one axis of two with reshape", str(),
        kMaxRank);
  Shape out = *this;
  ++out.rank_;
  const int at = out.axis_index(axis);
  std::copy(begin() + at, end(), out.extents_.begin() + at + 1);
  out.extents_[static_cast<std::size_t>(at)] = extent;
  out.check_extents();
  return out;
}

std::string Shape::str() const { return text_of({begin(), end()}); }

std::int64_t checked_sum(const char* op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  if (!__builtin_add_overflow(a, b, &out)) return out;
  throw ShapeError("{}: the extent {} + {} is too large for 64 bits; work on it in parts", op, a, b);
}

std::int64_t checked_product(const char* op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  if (!__builtin_mul_overflow(a, b, &out)) return out;
  throw ShapeError("{}: the extent {} · {} is too large for 64 bits; work on it in parts", op, a, b);
}

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
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  std::array<std::int64_t, kMaxRank> out{};
  std::copy(longer.begin(), longer.end(), out.begin());
  const auto rank = static_cast<std::size_t>(longer.rank());
  std::int64_t size = 1;
  for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
    if (a[-i] == b[-i]) continue;
    if (a[-i] != 1 && b[-i] != 1) {
      throw ShapeError(
          "{}: shapes {} and {} do not broadcast: counted from the last axis, extents must be equal or one "
          "of them 1, but axis {} has {} and {}; unsqueeze puts a 1 where an axis is missing{}",
          op, a.str(), b.str(), -i, a[-i], b[-i], detail::note_if_missing(a, b));
    }
    out[rank - static_cast<std::size_t>(i)] = a[-i] == 1 ? b[-i] : a[-i];
  }
  for (std::size_t i = 0; i < rank; ++i) size = checked_product(op, size, std::max<std::int64_t>(out[i], 1));
  return Shape(std::span(out.data(), rank));
}

}  // namespace hourglass
