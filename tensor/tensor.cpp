#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/tensor.h>
#include <hourglass/tensor/views.h>

#include <limits>

namespace hourglass {

namespace {

Storage storage_for(const Shape& shape, DType dtype) {
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(shape.size(), item_size(dtype), &bytes)) {
    throw MemoryError("tensor: shape {} of {} needs more bytes than can be counted; try a smaller one", shape,
                      name(dtype));
  }
  try {
    return Storage(bytes);
  } catch (const MemoryError& error) {
    throw MemoryError("tensor: shape {} of {} needs {} bytes; {}", shape, name(dtype), bytes,
                      error.message());
  }
}

// Elements in pieces whose two sides both stay in cache, where source and target run along different axes.
template <class T>
void copy_transposed(const T* from, std::int64_t from_row, std::int64_t from_column, T* to, std::int64_t rows,
                     std::int64_t columns) {
  constexpr std::int64_t kSide = 32;
  const std::int64_t down = (rows + kSide - 1) / kSide;
  parallel_ranges(down,
                  std::max<std::int64_t>(1, detail::kGrain / (kSide * std::max<std::int64_t>(columns, 1))),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t j0 = 0; j0 < columns; j0 += kSide) {
                      for (std::int64_t i = begin * kSide; i < std::min(rows, end * kSide); ++i) {
                        for (std::int64_t j = j0; j < std::min(columns, j0 + kSide); ++j) {
                          to[i * columns + j] = from[i * from_row + j * from_column];
                        }
                      }
                    }
                  });
}

template <class From, class To>
To converted(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr From kLow = std::is_signed_v<To> ? From{-0x1p63} : From{-1};
    constexpr From kHigh = std::is_signed_v<To> ? From{0x1p63} : From{256};
    const bool fits = value < kHigh && (std::is_signed_v<To> ? value >= kLow : value > kLow);
    if (!fits) {
      throw DataError(
          "to: the value {} cannot be converted to {}; replace nan and clip what is out of range first",
          static_cast<double>(value), name(dtype_of<To>));
    }
  } else if constexpr (std::is_same_v<From, std::int64_t> && std::is_same_v<To, std::uint8_t>) {
    if (value < 0 || value > 255)
      throw DataError("to: the value {} cannot be converted to uint8; clip to 0 to 255 first", value);
  }
  return static_cast<To>(value);
}

}  // namespace

Tensor::Tensor(const Shape& shape, DType dtype)
    : storage_(storage_for(shape, dtype)),
      shape_(shape),
      strides_(contiguous_strides(shape)),
      dtype_(dtype) {}

bool Tensor::is_contiguous() const {
  if (size() == 0) return true;
  std::int64_t step = 1;
  for (int i = rank() - 1; i >= 0; --i) {
    if (shape_[i] != 1 && strides_[static_cast<std::size_t>(i)] != step) return false;
    step *= shape_[i];
  }
  return true;
}

double Tensor::item() const {
  if (size() != 1)
    throw ShapeError(
        "item: needs exactly one element, got shape {}; reduce it (sum, mean), or take one with x[i]",
        shape_);
  return visit(dtype_, [&]<class T>() { return static_cast<double>(*data<T>()); });
}

Tensor Tensor::clone() const {
  return visit(dtype_, [&]<class T>() {
    const auto stride = [&](int axis) {
      const int from_start = rank() + axis;
      return strides_[static_cast<std::size_t>(from_start)];
    };
    if (size() > 0 && rank() == 2 && shape_[-1] > 1 && stride(-2) == 1) {
      Tensor out(shape_, dtype_);
      copy_transposed(data<T>(), stride(-2), stride(-1), out.mutable_data<T>(), shape_[0], shape_[1]);
      return out;
    }
    return detail::map_typed<T>(*this, [](T v) { return v; });
  });
}

Tensor Tensor::to(DType dtype) const {
  if (dtype == dtype_) return *this;
  return visit(dtype_, [&]<class From>() {
    return visit(dtype, [&]<class To>() {
      return detail::map_typed<From, To>(*this, [](From v) { return converted<From, To>(v); });
    });
  });
}

Tensor Tensor::operator[](std::int64_t i) const {
  if (rank() == 0) throw IndexError("[]: a scalar has no axis to index; item<T>() gives its value");
  if (i < -shape_[0] || i >= shape_[0])
    throw IndexError(
        "[]: index {} is out of range for the first axis of shape {}; indices go from 0, or from -1 "
        "backwards",
        i, shape_);
  const std::int64_t at = i < 0 ? i + shape_[0] : i;
  Strides strides{};
  std::copy(strides_.begin() + 1, strides_.end(), strides.begin());
  return view(shape_.without(0), strides, at * strides_[0]);
}

void Tensor::fill(double value) & {
  visit(dtype_, [&]<class T>() {
    const T number = detail::number<T>("fill", value, *this);
    T* const to = mutable_data<T>();
    if (is_contiguous()) {
      parallel_ranges(size(), 8 * detail::kGrain,
                      [&](std::int64_t a, std::int64_t b) { std::fill(to + a, to + b, number); });
      return;
    }
    const detail::Walk<1> walk = detail::plan_walk<1>(shape_, {this});
    const std::int64_t step = walk.strides[0][static_cast<std::size_t>(walk.rank - 1)];
    detail::for_rows(walk, [&](const auto& offsets, std::int64_t, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i) to[offsets[0] + i * step] = number;
    });
  });
}

void Tensor::copy_from(const Tensor& source) & {
  detail::expect_same_type("copy_from", *this, source);
  const Tensor from = broadcast_to(source.shares_storage(*this) ? source.clone() : source, shape_);
  visit(dtype_, [&]<class T>() {
    const T* const in = from.data<T>();
    T* const out = mutable_data<T>();
    const detail::Walk<2> walk = detail::plan_walk<2>(shape_, {&from, this});
    const auto last = static_cast<std::size_t>(walk.rank - 1);
    detail::for_rows(walk, [&](const auto& offsets, std::int64_t, std::int64_t n) {
      const T* const x = in + offsets[0];
      T* const y = out + offsets[1];
      const std::int64_t from_step = walk.strides[0][last], to_step = walk.strides[1][last];
      for (std::int64_t i = 0; i < n; ++i) y[i * to_step] = x[i * from_step];
    });
  });
}

Tensor Tensor::view(const Shape& shape, const Strides& strides, std::int64_t offset) const {
  Tensor out = *this;
  out.shape_ = shape;
  out.strides_ = strides;
  out.offset_ += offset;
  return out;
}

void Tensor::throw_wrong_type(DType wanted) const {
  throw DTypeError("data: the tensor {} is {}, not {}; convert it with to(hg::{})", shape_, name(dtype_),
                   name(wanted), name(wanted));
}

}  // namespace hourglass
