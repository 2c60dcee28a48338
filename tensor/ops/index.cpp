#include <hourglass/tensor/map.h>
#include <hourglass/tensor/missing.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass {

namespace {

// How gather and scatter_add walk: over the elements of `indices` in row-major order, with the place of each
// in a contiguous tensor of `shape`.
class Places {
 public:
  Places(const char* op, const Tensor& indices, int axis, const Shape& shape)
      : op_(op), shape_(shape), indices_(indices.contiguous()) {
    if (indices.dtype() != int64) {
      throw DTypeError("{}: indices must be int64, got {}; convert with indices.to(hg::int64)", op,
                       name(indices.dtype()));
    }
    axis_ = shape.rank() == 0 && (axis == 0 || axis == -1) ? 0 : shape.axis_index(axis);
    bool fits = indices.rank() == shape.rank();
    for (int i = 0; fits && i < shape.rank(); ++i) fits = i == axis_ || indices.shape(i) <= shape[i];
    if (!fits) {
      throw ShapeError(
          "{}: indices of shape {} do not fit shape {}: they need as many axes, none longer but along axis "
          "{}; to pick whole parts, use take",
          op, indices.shape(), shape, axis_);
    }
    extent_ = shape.rank() == 0 ? 1 : shape[axis_];
    strides_ = contiguous_strides(shape);
  }

  // Calls f(element, place) for the elements [begin, end).
  template <class F>
  void for_each(std::int64_t begin, std::int64_t end, F f) const {
    const auto* const index = indices_.data<std::int64_t>();
    for (std::int64_t i = begin; i < end; ++i) {
      std::int64_t place = checked(index[i]) * (shape_.rank() == 0 ? 0 : stride(axis_)), rest = i;
      for (int a = shape_.rank() - 1; a >= 0; rest /= indices_.shape(a--)) {
        if (a != axis_) place += rest % indices_.shape(a) * stride(a);
      }
      f(i, place);
    }
  }
  [[nodiscard]] std::int64_t size() const { return indices_.size(); }
  // How many elements agree in all indices before the axis. Only among those may two share a place.
  [[nodiscard]] std::int64_t sharing() const {
    std::int64_t n = 1;
    for (int a = axis_; a < shape_.rank(); ++a) n *= indices_.shape(a);
    return n;
  }

 private:
  [[nodiscard]] std::int64_t stride(int a) const { return strides_[static_cast<std::size_t>(a)]; }
  [[nodiscard]] std::int64_t checked(std::int64_t i) const {
    if (i >= -extent_ && i < extent_) return i < 0 ? i + extent_ : i;
    throw IndexError(
        "{}: index {} is out of range for axis {} of extent {} (shape {}); indices go from 0 to the extent "
        "less 1",
        op_, i, axis_, extent_, shape_);
  }

  const char* op_;
  Shape shape_;
  Tensor indices_;
  int axis_ = 0;
  std::int64_t extent_ = 1;
  Strides strides_{};
};

}  // namespace

Tensor gather(const Tensor& x, const Tensor& indices, int axis) {
  const Places places("gather", indices, axis, x.shape());
  const Tensor source = x.contiguous();
  Tensor out(indices.shape(), x.dtype());
  visit(x.dtype(), [&]<class T>() {
    const T* const from = source.data<T>();
    T* const to = out.mutable_data<T>();
    parallel_ranges(places.size(), detail::kGrain / 4, [&](std::int64_t begin, std::int64_t end) {
      places.for_each(begin, end, [&](std::int64_t i, std::int64_t place) { to[i] = from[place]; });
    });
  });
  return out;
}

Tensor scatter_add(const Tensor& x, const Tensor& indices, int axis, const Shape& shape) {
  const Places places("scatter_add", indices, axis, shape);
  if (!(x.shape() == indices.shape())) {
    throw ShapeError(
        "scatter_add: values of shape {} need as many indices, got shape {}; there is one index for each "
        "value",
        x.shape(), indices.shape());
  }
  const Tensor source = x.contiguous();
  Tensor out = zeros(shape, x.dtype());
  if (x.size() == 0) return out;
  visit(x.dtype(), [&]<class T>() {
    const T* const from = source.data<T>();
    T* const to = out.mutable_data<T>();
    const std::int64_t part = places.sharing();  // a single task adds them
    parallel_ranges(places.size() / part, std::max<std::int64_t>(1, detail::kGrain / 4 / part),
                    [&](std::int64_t begin, std::int64_t end) {
                      places.for_each(begin * part, end * part, [&](std::int64_t i, std::int64_t place) {
                        if constexpr (std::is_integral_v<T>)  // wraps around, as add does
                          to[place] = static_cast<T>(static_cast<std::uint64_t>(to[place]) +
                                                     static_cast<std::uint64_t>(from[i]));
                        else
                          to[place] += from[i];
                      });
                    });
  });
  return out;
}

Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype) {
  if (is_floating(labels.dtype())) {
    throw DTypeError("one_hot: labels must be int64 or uint8, got {}; convert with labels.to(hg::int64){}",
                     name(labels.dtype()), detail::note_if_missing(labels.shape(), {}));
  }
  if (classes < 0)
    throw ShapeError(
        "one_hot: the number of classes must not be negative, got {}; it is the largest label plus 1",
        classes);
  const Tensor flat = labels.to(int64).contiguous();
  Tensor out = zeros(labels.shape().insert(labels.rank(), classes), dtype);
  const auto* const label = flat.data<std::int64_t>();
  visit(dtype, [&]<class T>() {
    T* const to = out.mutable_data<T>();
    for (std::int64_t i = 0; i < flat.size(); ++i) {
      if (label[i] < 0 || label[i] >= classes) {
        throw IndexError(
            "one_hot: label {} is not in [0, {}), in labels of shape {}; the number of classes is the "
            "largest label plus 1",
            label[i], classes, labels.shape());
      }
      to[i * classes + label[i]] = T{1};
    }
  });
  return out;
}

std::vector<Tensor> nonzero(const Tensor& x) {
  const Shape shape = x.rank() == 0 ? Shape{1} : x.shape();
  const Tensor flat = x.contiguous();
  std::vector<std::int64_t> found;
  visit(x.dtype(), [&]<class T>() {
    const T* const values = flat.data<T>();
    for (std::int64_t i = 0; i < flat.size(); ++i) {
      if (values[i] != T{0}) found.push_back(i);
    }
  });
  std::vector<Tensor> places;
  const Strides strides = contiguous_strides(shape);
  for (int axis = 0; axis < shape.rank(); ++axis) {
    Tensor along({static_cast<std::int64_t>(found.size())}, int64);
    auto* const to = along.mutable_data<std::int64_t>();
    for (std::size_t i = 0; i < found.size(); ++i)
      to[i] = found[i] / strides[static_cast<std::size_t>(axis)] % shape[axis];
    places.push_back(std::move(along));
  }
  return places;
}

}  // namespace hourglass
