#include <hourglass/tensor/base/memory.h>

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <new>
#include <vector>

namespace hourglass::memory {

namespace {

constexpr std::size_t kAlignment = 64;
constexpr int kStepsPerDoubling = 4;  // classes 4, 5, 6, 7 · 2ᵏ: at most a quarter of a block is unused
constexpr std::size_t kClasses = 240;
// Bytes that the pool may hold, in use and cached, when at most `peak` were ever in use at once. More than
// the peak: not all sizes have theirs at the same time, and a pool that had to give one up for another would
// go to the system in every step.
constexpr std::int64_t most_held(std::int64_t peak) { return peak + peak / 2 + (std::int64_t{64} << 20); }

struct SizeClass {
  std::size_t index, bytes;
};

SizeClass class_of(std::size_t bytes) {
  const std::size_t units = std::max<std::size_t>((bytes + kAlignment - 1) / kAlignment, 1);
  if (units <= kStepsPerDoubling) return {units - 1, units * kAlignment};
  const int shift = static_cast<int>(std::bit_width(units - 1)) - 3;  // three leading bits choose the class
  const std::size_t lead = ((units - 1) >> shift) + 1;                // 5 … 8
  return {static_cast<std::size_t>(shift * kStepsPerDoubling) + lead - 1, (lead << shift) * kAlignment};
}

class Pool {
 public:
  void* allocate(std::size_t bytes) {
    if (bytes > (std::size_t{1} << 62)) throw std::bad_alloc();
    const SizeClass c = class_of(bytes);
    const std::lock_guard lock(mutex_);
    void* block = nullptr;
    if (auto& list = free_[c.index]; !list.empty()) {
      block = list.back();
      list.pop_back();
      stats_.bytes_cached -= static_cast<std::int64_t>(c.bytes);
    } else {
      if (stats_.bytes_in_use + stats_.bytes_cached > most_held(stats_.peak_bytes_in_use)) give_back_all();
      block = from_system(c.bytes);
    }
    stats_.bytes_in_use += static_cast<std::int64_t>(c.bytes);
    stats_.peak_bytes_in_use = std::max(stats_.peak_bytes_in_use, stats_.bytes_in_use);
    return block;
  }

  void release(void* block, std::size_t bytes) noexcept {
    const SizeClass c = class_of(bytes);
    const std::lock_guard lock(mutex_);
    stats_.bytes_in_use -= static_cast<std::int64_t>(c.bytes);
    try {
      free_[c.index].push_back(block);
      stats_.bytes_cached += static_cast<std::int64_t>(c.bytes);
    } catch (const std::bad_alloc&) {
      ::operator delete (block, std::align_val_t{kAlignment});
    }
  }

  Stats stats() {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

  void trim() noexcept {
    const std::lock_guard lock(mutex_);
    give_back_all();
  }

 private:
  void* from_system(std::size_t bytes) {
    ++stats_.system_allocations;
    try {
      return ::operator new (bytes, std::align_val_t{kAlignment});
    } catch (const std::bad_alloc&) {
      give_back_all();  // the cache may hold what is missing, in other sizes
      return ::operator new (bytes, std::align_val_t{kAlignment});
    }
  }

  void give_back_all() noexcept {
    for (auto& list : free_) {
      for (void* block : list) ::operator delete (block, std::align_val_t{kAlignment});
      list.clear();
    }
    stats_.bytes_cached = 0;
  }

  std::mutex mutex_;
  std::array<std::vector<void*>, kClasses> free_;
  Stats stats_;
};

// Never destroyed: tensors in static variables may be released after every destructor here has run.
Pool& pool() {
  static Pool& instance = *new Pool;
  return instance;
}

}  // namespace

void* allocate(std::size_t bytes) { return pool().allocate(bytes); }
void release(void* block, std::size_t bytes) noexcept { pool().release(block, bytes); }
Stats stats() { return pool().stats(); }
void trim() noexcept { pool().trim(); }

}  // namespace hourglass::memory
