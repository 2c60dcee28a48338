#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>

#include <algorithm>

namespace hourglass {

Tensor concat(const std::vector<Tensor>& parts, int axis) {
  if (parts.empty())
    throw ShapeError("concat: needs at least one tensor; keep one of extent 0 for an empty list");
  const Tensor& first = parts.front();
  const int along = first.shape().axis_index(axis);
  std::int64_t extent = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    detail::expect_same_type("concat", first, parts[i]);
    const bool fits =
        parts[i].rank() == first.rank() && parts[i].shape().with(along, 0) == first.shape().with(along, 0);
    if (!fits) {
      throw ShapeError(
          "concat: part 0 has shape {} and part {} shape {}; only the extents along axis {} may differ",
          first.shape(), i, parts[i].shape(), along);
    }
    extent = checked_sum("concat", extent, parts[i].shape(along));
  }
  Tensor out(first.shape().with(along, extent), first.dtype());
  std::int64_t at = 0;
  for (const Tensor& part : parts) {
    Tensor place = slice(out, along, {at, at + part.shape(along)});
    place.copy_from(part);
    at += part.shape(along);
  }
  return out;
}

Tensor stack(const std::vector<Tensor>& parts, int axis) {
  if (parts.empty())
    throw ShapeError("stack: needs at least one tensor; an empty list has no shape, so treat it by itself");
  std::vector<Tensor> with_axis;
  for (const Tensor& part : parts) {
    if (!(part.shape() == parts.front().shape())) {
      throw ShapeError(
          "stack: all parts must have one shape, got {} and {}; concat takes parts that differ along one "
          "axis",
          parts.front().shape(), part.shape());
    }
    with_axis.push_back(unsqueeze(part, axis));
  }
  return concat(with_axis, axis < 0 ? axis + with_axis.front().rank() : axis);
}

std::vector<Tensor> split(const Tensor& x, std::int64_t sections, int axis) {
  const std::int64_t extent = x.shape(axis);
  if (sections < 1 || extent % sections != 0) {
    throw ShapeError("split: axis {} of shape {} cannot be divided into {} equal parts; give their extents",
                     axis, x.shape(), sections);
  }
  if (sections > kMostParts)
    throw ShapeError("split: at most {} parts are supported, got {}; slice takes one part at a time",
                     kMostParts, sections);
  return split(x, std::vector<std::int64_t>(static_cast<std::size_t>(sections), extent / sections), axis);
}

std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& extents, int axis) {
  const bool negative = std::any_of(extents.begin(), extents.end(), [](std::int64_t e) { return e < 0; });
  std::int64_t total = 0;
  for (const std::int64_t extent : extents) total = checked_sum("split", total, extent);
  if (negative || total != x.shape(axis)) {
    throw ShapeError(
        "split: the parts add up to {}, but axis {} of shape {} has {}; they must be the whole axis", total,
        axis, x.shape(), x.shape(axis));
  }
  std::vector<Tensor> parts;
  std::int64_t at = 0;
  for (const std::int64_t extent : extents) {
    parts.push_back(slice(x, axis, {at, at + extent}));
    at += extent;
  }
  return parts;
}

namespace {

// The indices, checked and made non-negative.
std::vector<std::int64_t> checked_indices(const char* op, const Tensor& indices, const Shape& shape, int axis,
                                          std::int64_t extent) {
  if (indices.dtype() != int64) {
    throw DTypeError("{}: indices must be int64, got {}; convert with indices.to(hg::int64)", op,
                     name(indices.dtype()));
  }
  if (indices.rank() != 1)
    throw ShapeError(
        "{}: indices must have one axis, got shape {}; flatten them with reshape(indices, {-1}), or use "
        "gather for one index for each place",
        op, indices.shape());
  const Tensor flat = indices.contiguous();
  std::vector<std::int64_t> out(flat.data<std::int64_t>(), flat.data<std::int64_t>() + flat.size());
  for (std::int64_t& i : out) {
    if (i < -extent || i >= extent) {
      throw IndexError(
          "{}: index {} is out of range for axis {} of extent {} (shape {}); indices go from 0 to the extent "
          "less 1",
          op, i, axis, extent, shape);
    }
    if (i < 0) i += extent;
  }
  return out;
}

// x as (outer, extent along the axis, inner), contiguous.
struct AroundAxis {
  AroundAxis(const Tensor& x, int axis) : flat(x.contiguous()) {
    for (int i = 0; i < axis; ++i) outer *= x.shape(i);
    for (int i = axis + 1; i < x.rank(); ++i) inner *= x.shape(i);
  }
  Tensor flat;
  std::int64_t outer = 1, inner = 1;
};

}  // namespace

Tensor take(const Tensor& x, const Tensor& indices, int axis) {
  const int along = x.shape().axis_index(axis);
  const std::int64_t extent = x.shape(along);
  const std::vector<std::int64_t> from = checked_indices("take", indices, x.shape(), along, extent);
  const auto count = static_cast<std::int64_t>(from.size());
  const AroundAxis in(x, along);
  Tensor out(x.shape().with(along, count), x.dtype());
  visit(x.dtype(), [&]<class T>() {
    const T* const source = in.flat.data<T>();
    T* const target = out.mutable_data<T>();
    const std::int64_t grain =
        std::max<std::int64_t>(1, detail::kGrain / std::max<std::int64_t>(in.inner, 1));
    parallel_ranges(in.outer * count, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t row = i / count * extent + from[static_cast<std::size_t>(i % count)];
        std::copy_n(source + row * in.inner, in.inner, target + i * in.inner);
      }
    });
  });
  return out;
}

Tensor put_add(const Tensor& x, const Tensor& indices, int axis, std::int64_t extent) {
  const int along = x.shape().axis_index(axis);
  if (extent < 0)
    throw ShapeError("put_add: the extent must not be negative, got {}; 0 is the least", extent);
  const std::vector<std::int64_t> to = checked_indices("put_add", indices, x.shape(), along, extent);
  const auto count = static_cast<std::int64_t>(to.size());
  if (x.shape(along) != count) {
    throw ShapeError(
        "put_add: {} indices for axis {} of shape {}; give one index for each part along that axis", count,
        along, x.shape());
  }
  const AroundAxis in(x, along);
  Tensor out = zeros(x.shape().with(along, extent), x.dtype());
  visit(x.dtype(), [&]<class T>() {
    const T* const source = in.flat.data<T>();
    T* const target = out.mutable_data<T>();
    parallel_for(in.outer,
                 [&](std::int64_t o) {  // indices may repeat: one task adds all of its outer part, in order
                   for (std::int64_t k = 0; k < count; ++k) {
                     const T* const row = source + (o * count + k) * in.inner;
                     T* const sum = target + (o * extent + to[static_cast<std::size_t>(k)]) * in.inner;
                     for (std::int64_t j = 0; j < in.inner; ++j) sum[j] = static_cast<T>(sum[j] + row[j]);
                   }
                 });
  });
  return out;
}

Tensor pad(const Tensor& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& pads, double value) {
  if (static_cast<int>(pads.size()) > x.rank()) {
    throw ShapeError(
        "pad: {} pairs for shape {}, which has {} axes; give (before, after) for each axis, {0, 0} where "
        "nothing is added",
        pads.size(), x.shape(), x.rank());
  }
  Shape shape = x.shape();
  std::vector<Slice> inside;
  for (std::size_t i = 0; i < pads.size(); ++i) {
    const auto [before, after] = pads[i];
    if (before < 0 || after < 0)
      throw ShapeError("pad: axis {} cannot be padded by {} and {}; use slice to cut", i, before, after);
    const int axis = static_cast<int>(i);
    shape = shape.with(axis, checked_sum("pad", x.shape(axis), checked_sum("pad", before, after)));
    inside.push_back({before, before + x.shape(axis)});
  }
  Tensor out = full(shape, value, x.dtype());
  Tensor place = slice(out, inside);
  place.copy_from(x);
  return out;
}

Tensor unslice(const Tensor& x, const Shape& shape, const std::vector<Slice>& slices) {
  Tensor out = zeros(shape, x.dtype());
  Tensor place = slice(out, slices);
  if (!(place.shape() == x.shape())) {
    throw ShapeError(
        "unslice: the slices of shape {} have shape {}, but the values {}; give what slice gives of that "
        "shape",
        shape, place.shape(), x.shape());
  }
  place.copy_from(x);
  return out;
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  if (condition.dtype() != uint8) {
    throw DTypeError(
        "where: the condition must be uint8, as comparisons give it, got {}; x != 0 makes such a one",
        name(condition.dtype()));
  }
  detail::expect_same_type("where", a, b);
  const Shape shape =
      broadcast_shapes("where", condition.shape(), broadcast_shapes("where", a.shape(), b.shape()));
  const Tensor c = broadcast_to(condition, shape), x = broadcast_to(a, shape), y = broadcast_to(b, shape);
  Tensor out(shape, a.dtype());
  visit(a.dtype(), [&]<class T>() {
    const std::uint8_t* const pc = c.data<std::uint8_t>();
    const T* const px = x.data<T>();
    const T* const py = y.data<T>();
    T* const to = out.mutable_data<T>();
    const detail::Walk<3> walk = detail::plan_walk<3>(shape, {&c, &x, &y});
    const auto last = static_cast<std::size_t>(walk.rank - 1);
    const std::int64_t sc = walk.strides[0][last], sx = walk.strides[1][last], sy = walk.strides[2][last];
    detail::for_rows(walk, [&](const auto& offsets, std::int64_t at, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i) {
        to[at + i] = pc[offsets[0] + i * sc] ? px[offsets[1] + i * sx] : py[offsets[2] + i * sy];
      }
    });
  });
  return out;
}

}  // namespace hourglass
