#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace hourglass {

namespace {

std::size_t at(int axis) { return static_cast<std::size_t>(axis); }

// The strides of the elements of x in another shape, if no copy is needed: groups of axes of x and of the new
// shape with the same number of elements must each be evenly spaced.
std::optional<Strides> strides_for(const Tensor& x, const Shape& shape) {
  std::vector<std::int64_t> extents, steps;  // of x, without unit axes, evenly spaced neighbours merged
  for (int i = 0; i < x.rank(); ++i) {
    const std::int64_t extent = x.shape(i), step = x.strides()[at(i)];
    if (extent == 1) continue;
    if (!extents.empty() && steps.back() == step * extent) {
      extents.back() *= extent;
      steps.back() = step;
    } else {
      extents.push_back(extent);
      steps.push_back(step);
    }
  }
  Strides strides{};
  std::size_t group = 0;
  std::int64_t left = extents.empty() ? 1 : extents[0];
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 1) continue;
    if (left == 1 && ++group < extents.size()) left = extents[group];
    if (group >= extents.size() || left % shape[i] != 0) return std::nullopt;
    left /= shape[i];
    strides[at(i)] = steps[group] * left;
  }
  return strides;
}

}  // namespace

std::vector<int> normalized_axes(const char* op, const Shape& shape, std::span<const int> axes) {
  std::vector<int> out;
  for (const int axis : axes) {
    if (axis < -shape.rank() || axis >= shape.rank()) {
      throw IndexError("{}: axis {} is out of range for shape {}; axes go from 0, or from -1 backwards", op,
                       axis, shape);
    }
    const int index = axis < 0 ? axis + shape.rank() : axis;
    if (std::find(out.begin(), out.end(), index) != out.end()) {
      throw ShapeError("{}: axis {} of shape {} is given twice; name each axis once", op, index, shape);
    }
    out.push_back(index);
  }
  return out;
}

Tensor reshape(const Tensor& x, const Shape& shape) {
  if (shape == x.shape()) return x;
  if (shape.size() != x.size()) {
    throw ShapeError(
        "reshape: shape {} has {} elements, but {} needs {}; -1 for one extent takes what is left", x.shape(),
        x.size(), shape, shape.size());
  }
  if (x.size() == 0) return Tensor(shape, x.dtype());
  if (const auto strides = strides_for(x, shape)) return x.view(shape, *strides);
  return x.clone().view(shape, contiguous_strides(shape));
}

Tensor reshape(const Tensor& x, std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> extents(shape.begin(), shape.end());
  const auto open = std::find(extents.begin(), extents.end(), -1);
  if (open == extents.end()) return reshape(x, Shape(extents));
  std::int64_t known = 1;
  for (const std::int64_t extent : extents)
    known = checked_product("reshape", known, extent == -1 ? 1 : extent);
  if (std::count(extents.begin(), extents.end(), -1) > 1)
    throw ShapeError("reshape: only one extent may be -1; give the others");
  if (known <= 0 || x.size() % known != 0) {
    throw ShapeError(
        "reshape: the {} elements of shape {} cannot be divided by the known extents, {}; their product must "
        "divide the number of elements",
        x.size(), x.shape(), known);
  }
  *open = x.size() / known;
  return reshape(x, Shape(extents));
}

Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> shape) {
  return reshape(x, std::span(shape.begin(), shape.size()));
}

Tensor flatten(const Tensor& x, int axis) {
  if (x.rank() == 0) return reshape(x, Shape{1});
  const int first = x.shape().axis_index(axis);
  std::vector<std::int64_t> extents(x.shape().begin(), x.shape().begin() + first);
  std::int64_t rest = 1;
  for (int i = first; i < x.rank(); ++i) rest *= x.shape(i);
  extents.push_back(rest);
  return reshape(x, Shape(extents));
}

Tensor transpose(const Tensor& x) {
  if (x.rank() < 2)
    throw ShapeError(
        "transpose: needs two axes or more, got shape {}; give a vector a second axis with unsqueeze",
        x.shape());
  return transpose(x, -2, -1);
}

Tensor transpose(const Tensor& x, int a, int b) {
  const int i = x.shape().axis_index(a), j = x.shape().axis_index(b);
  std::vector<int> order(at(x.rank()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[at(i)], order[at(j)]);
  return permute(x, order);
}

Tensor permute(const Tensor& x, const std::vector<int>& axes) {
  const std::vector<int> order = normalized_axes("permute", x.shape(), axes);
  if (static_cast<int>(order.size()) != x.rank()) {
    throw ShapeError("permute: shape {} needs {} axes, got {}; name each axis once, in the order wanted",
                     x.shape(), x.rank(), order.size());
  }
  Strides extents{}, strides{};
  for (int i = 0; i < x.rank(); ++i) {
    extents[at(i)] = x.shape(order[at(i)]);
    strides[at(i)] = x.strides()[at(order[at(i)])];
  }
  return x.view(Shape(std::span(extents.data(), at(x.rank()))), strides);
}

Tensor slice(const Tensor& x, int axis, Slice s) {
  const int i = x.shape().axis_index(axis);
  constexpr std::int64_t kLeast = -std::numeric_limits<std::int64_t>::max();
  const std::int64_t extent = x.shape(i), step = std::max(s.step, kLeast);  // so that -step can be written
  if (step == 0)
    throw IndexError(
        "slice: the step along axis {} of shape {} must not be 0; 1 takes every element, -1 goes backwards",
        i, x.shape());
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
  const auto bound = [&](std::int64_t value) {
    return std::clamp(value < 0 ? value + extent : value, low, high);
  };
  const std::int64_t start = s.start ? bound(*s.start) : (step > 0 ? low : high);
  const std::int64_t stop = s.stop ? bound(*s.stop) : (step > 0 ? high : low);
  const std::int64_t length = step > 0 ? stop - start : start - stop;
  const std::int64_t stride = step > 0 ? step : -step;
  const std::int64_t count = length <= 0 ? 0 : (length - 1) / stride + 1;
  Strides strides = x.strides();
  const std::int64_t offset = count == 0 ? 0 : start * strides[at(i)];
  strides[at(i)] = count <= 1 ? strides[at(i)] : strides[at(i)] * step;
  return x.view(x.shape().with(i, count), strides, offset);
}

Tensor slice(const Tensor& x, const std::vector<Slice>& slices) {
  if (static_cast<int>(slices.size()) > x.rank()) {
    throw IndexError("slice: {} slices for shape {}, which has {} axes; give at most one for each axis",
                     slices.size(), x.shape(), x.rank());
  }
  Tensor out = x;
  for (std::size_t i = 0; i < slices.size(); ++i) out = slice(out, static_cast<int>(i), slices[i]);
  return out;
}

Tensor flip(const Tensor& x, std::vector<int> axes) {
  if (axes.empty()) {
    for (int i = 0; i < x.rank(); ++i) axes.push_back(i);
  }
  Tensor out = x;
  for (const int axis : normalized_axes("flip", x.shape(), axes)) out = slice(out, axis, Slice{.step = -1});
  return out;
}

Tensor squeeze(const Tensor& x) {
  Tensor out = x;
  for (int i = x.rank() - 1; i >= 0; --i) {
    if (x.shape(i) == 1) out = squeeze(out, i);
  }
  return out;
}

Tensor squeeze(const Tensor& x, int axis) {
  const int i = x.shape().axis_index(axis);
  if (x.shape(i) != 1)
    throw ShapeError(
        "squeeze: axis {} of shape {} has extent {}, not 1; x[i] and take pick along an axis, mean and sum "
        "reduce it",
        i, x.shape(), x.shape(i));
  Strides strides = x.strides();
  std::copy(strides.begin() + i + 1, strides.end(), strides.begin() + i);
  return x.view(x.shape().without(i), strides);
}

Tensor unsqueeze(const Tensor& x, int axis) {
  if (axis < -x.rank() - 1 || axis > x.rank())
    throw IndexError(
        "unsqueeze: axis {} is out of range for shape {}; the new axis is one of 0 to the rank, or from -1 "
        "backwards",
        axis, x.shape());
  const int i = axis < 0 ? axis + x.rank() + 1 : axis;
  const Shape shape = x.shape().insert(i, 1);
  Strides strides = x.strides();
  std::copy_backward(strides.begin() + i, strides.end() - 1, strides.end());
  strides[at(i)] = 0;
  return x.view(shape, strides);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  const bool fits = x.rank() <= shape.rank() && [&] {
    for (int i = 1; i <= x.rank(); ++i) {
      if (x.shape(-i) != 1 && x.shape(-i) != shape[-i]) return false;
    }
    return true;
  }();
  if (!fits) {
    throw ShapeError(
        "broadcast_to: shape {} does not broadcast to {}: counted from the last axis, extents must be equal "
        "or 1; unsqueeze puts a 1 where an axis is missing",
        x.shape(), shape);
  }
  Strides strides{};
  for (int i = 1; i <= x.rank(); ++i) {
    strides[at(shape.rank() - i)] = x.shape(-i) == 1 && shape[-i] != 1 ? 0 : x.strides()[at(x.rank() - i)];
  }
  return x.view(shape, strides);
}

}  // namespace hourglass
