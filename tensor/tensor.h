#pragma once

#include <hourglass/tensor/dtype.h>
#include <hourglass/tensor/shape.h>
#include <hourglass/tensor/storage.h>

#include <iosfwd>
#include <span>
#include <string>

namespace hourglass {

/// An n-dimensional array of numbers: a layout (shape, strides, offset) over shared storage.
///
/// A cheap handle: copying shares the elements, clone() copies them. Views (reshape, transpose, slice, …)
/// share too. A default-constructed tensor is float32 of shape (0,).
class Tensor {
 public:
  Tensor() : shape_{0} {}
  /// Elements are left as they happen to be; for kernels that write each one. Throws MemoryError where there
  /// is not so much memory, as do all functions that make a tensor.
  explicit Tensor(const Shape& shape, DType dtype);

  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) noexcept = default;
  // Assigning to a temporary (x[0] = y) would change a handle that nobody holds; it does not compile.
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & noexcept = default;
  ~Tensor() = default;

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::int64_t shape(int axis) const { return shape_[axis]; }
  [[nodiscard]] int rank() const { return shape_.rank(); }
  [[nodiscard]] std::int64_t size() const { return shape_.size(); }
  [[nodiscard]] DType dtype() const { return dtype_; }
  /// Distances in elements between neighbours along each axis.
  [[nodiscard]] const Strides& strides() const { return strides_; }
  [[nodiscard]] bool is_contiguous() const;
  [[nodiscard]] bool shares_storage(const Tensor& other) const { return storage_ == other.storage_; }

  /// The first element; the others follow by strides(). Throws DTypeError if T is not the tensor's type.
  template <class T>
  [[nodiscard]] const T* data() const {
    expect_type(dtype_of<T>);
    return reinterpret_cast<const T*>(storage_.bytes()) + offset_;
  }
  /// For writing in place; every tensor and view that shares the storage sees it, and a graph that recorded
  /// the value before refuses to use it in backward.
  template <class T>
  [[nodiscard]] T* mutable_data() & {
    expect_type(dtype_of<T>);
    storage_.mark_changed();
    return reinterpret_cast<T*>(storage_.bytes()) + offset_;
  }

  /// The only element, converted to double. Throws ShapeError if there is not exactly one.
  [[nodiscard]] double item() const;

  /// The same elements in storage of their own, contiguous.
  [[nodiscard]] Tensor clone() const;
  /// *this if contiguous already, else clone().
  [[nodiscard]] Tensor contiguous() const { return is_contiguous() ? *this : clone(); }
  /// Elements converted to another type (*this if it has it already). float -> integer truncates toward zero
  /// and throws DataError for values the type cannot hold.
  [[nodiscard]] Tensor to(DType dtype) const;

  /// x[i]: the i-th part along the first axis, a view; negative i counts from the end. Throws IndexError.
  [[nodiscard]] Tensor operator[](std::int64_t i) const;

  /// Writes into the elements, in place: one value everywhere, or those of `source` (same type, broadcast).
  void fill(double value) &;
  void copy_from(const Tensor& source) &;

  /// As NumPy prints an array, shortened to three elements at each end of an axis beyond 1,000 elements.
  [[nodiscard]] std::string str() const;

  /// A view of the same storage with another layout; the caller answers for its staying inside.
  [[nodiscard]] Tensor view(const Shape& shape, const Strides& strides, std::int64_t offset = 0) const;
  [[nodiscard]] const Storage& storage() const { return storage_; }

 private:
  void expect_type(DType wanted) const {
    if (wanted != dtype_) throw_wrong_type(wanted);
  }
  [[noreturn]] void throw_wrong_type(DType wanted) const;

  Storage storage_;
  Shape shape_;
  Strides strides_{};
  std::int64_t offset_ = 0;
  DType dtype_ = float32;
};

/// Writes x.str().
std::ostream& operator<<(std::ostream& out, const Tensor& x);

/// A tensor under the name it is saved by: "encoder.0.kernel", "kernel.momentum".
struct NamedTensor {
  std::string name;
  Tensor value;
};

}  // namespace hourglass
