#include <hourglass/tensor/base/products.h>

#include <atomic>

namespace hourglass::detail {

namespace {
std::atomic<std::int64_t> begun{0};
}

std::int64_t products_begun() { return begun.load(std::memory_order_relaxed); }
void count_products(std::int64_t n) { begun.fetch_add(n, std::memory_order_relaxed); }

}  // namespace hourglass::detail
