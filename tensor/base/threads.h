#pragma once

#include <hourglass/tensor/base/function.h>

#include <algorithm>
#include <cstdint>

namespace hourglass {

inline constexpr int kMaxThreads = 1024;
/// How many threads compute, from now on; the calling thread is one of them. The only knob there is:
/// everything runs on one oneTBB arena, and OpenBLAS is kept at one thread. Results do not depend on it, to
/// the last bit. At the start it is $HOURGLASS_NUM_THREADS or else the number of processors. Throws DataError
/// outside 1 … kMaxThreads. Where the variable holds anything but such a number, the first work that is cut
/// into pieces throws a DataError that says so, and so does num_threads(), until set_num_threads is called.
void set_num_threads(int n);
[[nodiscard]] int num_threads();

namespace detail {
void run_pieces(std::int64_t pieces, FunctionRef<void(std::int64_t)> f);
}

/// Calls f(0) … f(pieces - 1), in any order, on any threads, and waits for all. What the pieces are must
/// follow from the problem's size alone, never from the number of threads: that is what keeps results the
/// same. Denormal numbers are flushed to zero inside f. An exception of f reaches the caller.
template <class F>
void parallel_for(std::int64_t pieces, F&& f) {
  detail::run_pieces(pieces, FunctionRef<void(std::int64_t)>(f));
}

/// Cuts [0, n) into ranges of `grain` (the last may be shorter) and calls f(begin, end) for each, in
/// parallel.
template <class F>
void parallel_ranges(std::int64_t n, std::int64_t grain, F&& f) {
  parallel_for(n / grain + (n % grain > 0 ? 1 : 0),
               [&](std::int64_t i) { f(i * grain, i * grain + std::min(grain, n - i * grain)); });
}

/// Within its lifetime denormals are flushed to zero on this thread: after some hundred steps the moments of
/// dead units become denormal, and arithmetic on them is a hundred times slower.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  unsigned saved_;
};

}  // namespace hourglass
