#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/memory.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <fstream>
#include <limits>
#include <mutex>
#include <new>
#include <string>
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

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

// The number that follows `key` in a file such as /proc/meminfo or a control group's memory.max; none where
// there is no such file, or "max" stands there.
std::int64_t number_in(const char* path, const std::string& key, std::int64_t none) {
  std::ifstream file(path);
  std::string word;
  std::int64_t number = 0;
  while (!key.empty() && file >> word && word != key) continue;
  return file >> number ? number : none;
}

std::int64_t limit_of_process() {
  const std::int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  const std::int64_t swap = number_in("/proc/meminfo", "SwapTotal:", 0) * 1024;
  const std::int64_t machine = pages > 0 && page > 0 ? pages * page + swap : kNoLimit;
  const std::int64_t group = std::min(number_in("/sys/fs/cgroup/memory.max", "", kNoLimit),
                                      number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes", "", kNoLimit));
  rlimit space{};
  const bool has_limit = getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur < static_cast<rlim_t>(kNoLimit);
  return std::min({machine, group, has_limit ? static_cast<std::int64_t>(space.rlim_cur) : kNoLimit});
}

std::atomic<std::int64_t>& limit_slot() {
  static std::atomic<std::int64_t> slot{limit_of_process()};
  return slot;
}

[[noreturn]] void throw_too_much(std::size_t bytes, std::int64_t in_use) {
  throw MemoryError(
      "memory: {} bytes are asked for and {} are in use, but there are only {}; try smaller batches or "
      "shapes",
      bytes, in_use, limit());
}

class Pool {
 public:
  void* allocate(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(limit())) throw_too_much(bytes, stats().bytes_in_use);
    const SizeClass c = class_of(bytes);
    const std::lock_guard lock(mutex_);
    void* block = nullptr;
    if (auto& list = free_[c.index]; !list.empty()) {
      block = list.back();
      list.pop_back();
      stats_.bytes_cached -= static_cast<std::int64_t>(c.bytes);
    } else {
      const std::int64_t left = limit() - static_cast<std::int64_t>(c.bytes);
      const std::int64_t held = stats_.bytes_in_use + stats_.bytes_cached;
      if (stats_.bytes_in_use > left) throw_too_much(bytes, stats_.bytes_in_use);
      if (held > std::min(left, most_held(stats_.peak_bytes_in_use))) give_back_all();
      block = from_system(bytes, c.bytes);
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
  void* from_system(std::size_t asked, std::size_t bytes) {
    ++stats_.system_allocations;
    constexpr std::align_val_t alignment{kAlignment};
    if (void* const block = ::operator new(bytes, alignment, std::nothrow)) return block;
    give_back_all();  // the cache may hold what is missing, in other sizes
    if (void* const block = ::operator new(bytes, alignment, std::nothrow)) return block;
    throw_too_much(asked, stats_.bytes_in_use);
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

std::int64_t limit() { return limit_slot().load(std::memory_order_relaxed); }
void set_limit(std::int64_t bytes) {
  if (bytes < 0)
    throw DataError("memory::set_limit: the limit must not be negative, got {}; the unit is bytes", bytes);
  limit_slot().store(bytes > 0 ? bytes : limit_of_process(), std::memory_order_relaxed);
}

}  // namespace hourglass::memory
