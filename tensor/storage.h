#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace hourglass {

/// Counts the moments at which something was recorded or changed: of two events, the later has the larger
/// tick.
[[nodiscard]] std::uint64_t next_tick();

/// The bytes behind one or several tensors, counted by reference; copying a handle shares them.
class Storage {
 public:
  Storage() = default;  // no bytes
  explicit Storage(std::int64_t bytes);
  Storage(const Storage& other) noexcept : block_(other.block_) {
    if (block_) block_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Storage(Storage&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Storage& operator=(Storage other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Storage() {
    if (block_ && block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) free_block();
  }

  [[nodiscard]] std::byte* bytes() const {
    return block_ ? reinterpret_cast<std::byte*>(block_ + 1) : nullptr;
  }
  /// Whether this handle is the only one.
  [[nodiscard]] bool is_unique() const {
    return block_ && block_->references.load(std::memory_order_acquire) == 1;
  }
  /// The tick of the last change in place; 0 if there was none.
  [[nodiscard]] std::uint64_t changed_at() const {
    return block_ ? block_->changed_at.load(std::memory_order_relaxed) : 0;
  }
  /// What made that change, such as "Adam"; null where nobody said.
  [[nodiscard]] const char* changed_by() const {
    return block_ ? block_->changed_by.load(std::memory_order_relaxed) : nullptr;
  }
  /// `by` must live as long as the program: a literal.
  void mark_changed(const char* by = nullptr) const {
    if (!block_) return;
    block_->changed_by.store(by, std::memory_order_relaxed);
    block_->changed_at.store(next_tick(), std::memory_order_relaxed);
  }
  friend bool operator==(const Storage& a, const Storage& b) { return a.block_ == b.block_; }

 private:
  struct alignas(64) Block {  // the elements follow it
    std::atomic<std::int64_t> references{1};
    std::atomic<std::uint64_t> changed_at{0};
    std::atomic<const char*> changed_by{nullptr};
    std::size_t size = 0;
  };
  void free_block() noexcept;

  Block* block_ = nullptr;
};

}  // namespace hourglass
