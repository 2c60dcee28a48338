#include <hourglass/tensor/base/memory.h>
#include <hourglass/tensor/storage.h>

#include <new>

namespace hourglass {

std::uint64_t next_tick() {
  static std::atomic<std::uint64_t> ticks{0};
  return ticks.fetch_add(1, std::memory_order_relaxed) + 1;
}

Storage::Storage(std::int64_t bytes) {
  const std::size_t size = sizeof(Block) + static_cast<std::size_t>(bytes);
  block_ = new (memory::allocate(size)) Block;
  block_->size = size;
}

void Storage::free_block() noexcept {
  const std::size_t size = block_->size;
  block_->~Block();
  memory::release(block_, size);
}

}  // namespace hourglass
