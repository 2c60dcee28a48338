#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <atomic>
#include <exception>
#include <thread>
#include <vector>
#endif

namespace hourglass {

namespace {

int initial_threads() {
  const char* const text = std::getenv("HOURGLASS_NUM_THREADS");
  if (!text || *text == '\0') return std::clamp(tbb::info::default_concurrency(), 1, kMaxThreads);
  int n = 0;
  const char* const end = text + std::strlen(text);
  const auto [last, error] = std::from_chars(text, end, n);
  if (error == std::errc() && last == end && n >= 1 && n <= kMaxThreads) return n;
  throw DataError(
      "HOURGLASS_NUM_THREADS: needs a number between 1 and {}, got \"{}\"; leave it out for all processors",
      kMaxThreads, text);
}

struct Arena {
  explicit Arena(int n)
      : threads(n),
        limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(n)),
        arena(n) {}
  int threads;
  tbb::global_control limit;  // lets n exceed the number of processors
  tbb::task_arena arena;
};

std::mutex arena_mutex;

// Held by pointer so that a call that is under way keeps the arena it began with.
std::shared_ptr<Arena>& arena_slot() {
  static auto& slot = *new std::shared_ptr<Arena>;
  return slot;
}

std::shared_ptr<Arena> current_arena() {
  const std::lock_guard lock(arena_mutex);
  if (!arena_slot()) arena_slot() = std::make_shared<Arena>(initial_threads());
  return arena_slot();
}

thread_local bool inside_piece = false;

void run_range(std::int64_t begin, std::int64_t end, FunctionRef<void(std::int64_t)> f) {
  const FlushDenormals flush;
  for (std::int64_t i = begin; i < end; ++i) f(i);
}

#if defined(__SANITIZE_THREAD__)
// oneTBB is not compiled for ThreadSanitizer, which would not see how its tasks wait for each other. Plain
// threads it sees.
template <class F>
void run_in(const Arena& arena, std::int64_t pieces, const F& f) {
  std::atomic<std::int64_t> next{0};
  std::vector<std::thread> threads;
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(arena.threads));
  for (int t = 0; t < arena.threads; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (std::int64_t i = next++; i < pieces; i = next++) f(i, i + 1);
      } catch (...) {
        errors[static_cast<std::size_t>(t)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}
#else
template <class F>
void run_in(Arena& arena, std::int64_t pieces, const F& f) {
  using Range = tbb::blocked_range<std::int64_t>;
  arena.arena.execute([&] {
    tbb::parallel_for(
        Range(0, pieces, 1), [&](const Range& range) { f(range.begin(), range.end()); },
        tbb::simple_partitioner());
  });
}
#endif

}  // namespace

void set_num_threads(int n) {
  if (n < 1 || n > kMaxThreads)
    throw DataError(
        "set_num_threads: needs between 1 and {} threads, got {}; as many as the machine has processors are "
        "usual",
        kMaxThreads, n);
  auto next = std::make_shared<Arena>(n);
  const std::lock_guard lock(arena_mutex);
  arena_slot().swap(next);
}

int num_threads() { return current_arena()->threads; }

void detail::run_pieces(std::int64_t pieces, FunctionRef<void(std::int64_t)> f) {
  if (pieces <= 0) return;
  if (pieces == 1 || inside_piece) return run_range(0, pieces, f);
  const auto arena = current_arena();
  if (arena->threads == 1) return run_range(0, pieces, f);
  run_in(*arena, pieces, [&](std::int64_t begin, std::int64_t end) {
    inside_piece = true;
    struct Leave {
      ~Leave() { inside_piece = false; }
    } leave;
    run_range(begin, end, f);
  });
}

#if defined(__x86_64__)
namespace {
constexpr unsigned kFlushToZero = 0x8000, kDenormalsAreZero = 0x0040;
}
FlushDenormals::FlushDenormals() : saved_(_mm_getcsr()) {
  _mm_setcsr(saved_ | kFlushToZero | kDenormalsAreZero);
}
FlushDenormals::~FlushDenormals() { _mm_setcsr(saved_); }
#elif defined(__aarch64__)
FlushDenormals::FlushDenormals() {
  std::uint64_t control = 0;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  saved_ = static_cast<unsigned>(control);
  __asm__ volatile("msr fpcr, %0" ::"r"(control | (1U << 24)));
}
FlushDenormals::~FlushDenormals() {
  __asm__ volatile("msr fpcr, %0" ::"r"(static_cast<std::uint64_t>(saved_)));
}
#else
FlushDenormals::FlushDenormals() : saved_(0) {}
FlushDenormals::~FlushDenormals() = default;
#endif

}  // namespace hourglass
