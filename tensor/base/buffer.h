#pragma once

#include <hourglass/tensor/base/memory.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace hourglass {

/// n numbers from the caching pool, aligned to 64 bytes, for the length of a scope: where kernels keep what
/// lies between their steps. They are left as they happen to be.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::int64_t n)
      : data_(n > 0 ? static_cast<T*>(memory::allocate(bytes(n))) : nullptr), size_(n > 0 ? n : 0) {}
  /// All of them `value`.
  Buffer(std::int64_t n, T value) : Buffer(n) { std::fill_n(data_, size_, value); }

  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_), std::swap(size_, other.size_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    if (data_) memory::release(data_, bytes(size_));
  }

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] const T* data() const { return data_; }
  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] T* begin() { return data_; }
  [[nodiscard]] T* end() { return data_ + size_; }

 private:
  static std::size_t bytes(std::int64_t n) { return static_cast<std::size_t>(n) * sizeof(T); }

  T* data_ = nullptr;
  std::int64_t size_ = 0;
};

}  // namespace hourglass
