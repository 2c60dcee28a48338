#pragma once

#include <cstddef>
#include <cstdint>

/// The caching pool under every tensor and graph node: a block given back is kept for the next request of its
/// size class, so a training loop asks the system for memory in its first steps and never again. It holds at
/// most one and a half times what was ever in use at once, and 64 MB.
namespace hourglass::memory {

/// A block of at least `bytes` bytes, aligned to 64. Throws MemoryError, before anything is touched, where
/// all that is in use would become more than limit().
[[nodiscard]] void* allocate(std::size_t bytes);
/// Gives back a block that allocate(bytes) returned.
void release(void* block, std::size_t bytes) noexcept;

struct Stats {
  std::int64_t system_allocations = 0;  // requests that the cache could not serve, since the program started
  std::int64_t bytes_in_use = 0;        // handed out now, rounded up to size classes
  std::int64_t peak_bytes_in_use = 0;
  std::int64_t bytes_cached = 0;  // kept for reuse
};
[[nodiscard]] Stats stats();

/// The most bytes that may be in use at once. At first what the process can ever have: memory and swap of
/// the machine, or less where its control group or RLIMIT_AS says so. So an absurd size throws, and does not
/// get the process killed.
[[nodiscard]] std::int64_t limit();
/// Another limit from now on; 0 gives the first one back. Throws DataError for a negative number.
void set_limit(std::int64_t bytes);

/// Returns every cached block to the system.
void trim() noexcept;

/// Base of small objects (nodes, closures) that live in the pool.
struct Pooled {
  static void* operator new(std::size_t bytes) { return allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { release(block, bytes); }
};

}  // namespace hourglass::memory
