#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>

namespace hourglass {

/// A source of random numbers: counter-based (Philox 4x32-10, Salmon et al. 2011), so its numbers are a pure
/// function of seed, stream and position, and the same for any number of threads.
class Generator {
 public:
  /// Throws DataError for a stream of kStreams or more.
  explicit Generator(std::uint64_t seed, std::uint64_t stream = 0);
  static constexpr std::uint64_t kStreams = std::uint64_t{1} << 24;

  /// Everything that decides what comes next; setting it resumes exactly.
  struct State {
    std::uint64_t seed, stream, draws;
  };
  [[nodiscard]] State state() const { return {seed_, stream_, draws_}; }
  void set_state(State state) { seed_ = state.seed, stream_ = state.stream, draws_ = state.draws; }

  /// A key for the numbers of one more tensor.
  struct Key {
    std::uint64_t seed, stream;
  };
  [[nodiscard]] Key next();

 private:
  std::uint64_t seed_, stream_;
  std::uint64_t draws_ = 0;
};

/// What layers and initialisers draw from unless they are given another; one for each thread. The main
/// thread's begins as Generator(0). Any other thread's begins, when it is first asked for, with the seed that
/// the main thread set last (0 if none) and a stream of its own, in the order in which threads ask: so no two
/// threads draw the same noise by themselves. Where that order is not certain, call set_seed in each thread.
[[nodiscard]] Generator& default_generator();
/// Starts the default generator of this thread anew, as Generator(seed): two threads that set one seed draw
/// the same numbers. Set by the main thread, it is also the seed of threads that have not drawn yet.
void set_seed(std::uint64_t seed);

/// Uniform in [low, high). Throws DataError unless low <= high; float32 or float64.
[[nodiscard]] Tensor uniform(const Shape& shape, double low = 0.0, double high = 1.0,
                             Generator& generator = default_generator(), DType dtype = float32);
/// Normal with this mean and standard deviation. Throws DataError for a negative one.
[[nodiscard]] Tensor normal(const Shape& shape, double mean = 0.0, double std = 1.0,
                            Generator& generator = default_generator(), DType dtype = float32);
/// 1 with probability p, else 0. Throws DataError unless p is in [0, 1].
[[nodiscard]] Tensor bernoulli(const Shape& shape, double p, Generator& generator = default_generator(),
                               DType dtype = float32);
/// Whole numbers in [low, high), int64, each equally likely (up to a bias of (high − low) / 2⁶⁴). Throws
/// DataError unless low < high and high − low < 2⁶³.
[[nodiscard]] Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high,
                             Generator& generator = default_generator());
struct MultinomialOptions {
  bool replacement = false;  // whether an index may be drawn again
};
/// `count` indices drawn along the last axis of weights, with probability in proportion to them, in the order
/// of drawing; int64.    (…, C) -> (…, count)
///
/// The weights need not add up to 1. An index of weight 0 is never drawn. As PyTorch's multinomial; NumPy's
/// counts how often each is drawn. Throws DataError for weights that are negative or not finite, a row
/// without any, or more draws without replacement than positive weights; ShapeError for a scalar or a
/// negative count. Method: the inverse of the distribution function; without replacement the `count` smallest
/// of independent exponential times with the weights as rates (Efraimidis & Spirakis 2006).
[[nodiscard]] Tensor multinomial(const Tensor& weights, std::int64_t count, MultinomialOptions options = {},
                                 Generator& generator = default_generator());
/// 0 … n − 1 in random order, int64, each order equally likely (Fisher & Yates).    -> (n,)
[[nodiscard]] Tensor permutation(std::int64_t n, Generator& generator = default_generator());

}  // namespace hourglass
