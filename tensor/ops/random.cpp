#include <hourglass/tensor/base/philox.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/random.h>

#include <atomic>
#include <numeric>
#include <thread>
#include <utility>

namespace hourglass {

Generator::Generator(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {
  if (stream >= kStreams)
    throw DataError("Generator: needs a stream below {}, got {}; streams are small numbers, one for each use",
                    kStreams, stream);
}

// Stream s of the generator, tensor t: Philox's stream (s, t) in the upper and lower halves of 64 bits.
Generator::Key Generator::next() { return {seed_, (stream_ << 40) + draws_++}; }

namespace {

std::atomic<std::uint64_t> seed_of_main{0};

// Set while the program starts, on its main thread; before that there is no other.
const std::thread::id main_thread = std::this_thread::get_id();
bool on_main_thread() {
  return main_thread == std::thread::id() || main_thread == std::this_thread::get_id();
}

// Streams of threads lie in the upper half, apart from those that are given by hand.
Generator first_generator() {
  if (on_main_thread()) return Generator(0);
  constexpr std::uint64_t kHalf = Generator::kStreams / 2;
  static std::atomic<std::uint64_t> threads{0};
  return Generator(seed_of_main, kHalf + threads++ % kHalf);
}

}  // namespace

Generator& default_generator() {
  thread_local Generator generator = first_generator();
  return generator;
}

void set_seed(std::uint64_t seed) {
  default_generator() = Generator(seed);
  if (on_main_thread()) seed_of_main = seed;
}

namespace {

// Fills a new tensor piece by piece; fill(out, first, n) must depend on the position alone.
template <class Fill>
Tensor filled(const char* op, const Shape& shape, DType dtype, Fill fill) {
  expect_floating(op, dtype);
  Tensor out(shape, dtype);
  visit_floating(op, dtype, [&]<class T>() {
    T* const data = out.mutable_data<T>();
    parallel_ranges(out.size(), detail::kGrain,
                    [&](std::int64_t begin, std::int64_t end) { fill(data + begin, begin, end - begin); });
  });
  return out;
}

}  // namespace

Tensor uniform(const Shape& shape, double low, double high, Generator& generator, DType dtype) {
  if (!(low <= high)) throw DataError("uniform: needs low <= high, got {} and {}; exchange them", low, high);
  const Generator::Key key = generator.next();
  return filled("uniform", shape, dtype, [&]<class T>(T* out, std::int64_t first, std::int64_t n) {
    fill_uniform(out, first, n, key.seed, key.stream);
    const T a = static_cast<T>(low), width = static_cast<T>(high - low);
    detail::map_row(out, out, n, [a, width](T u) { return a + width * u; });
  });
}

Tensor normal(const Shape& shape, double mean, double std, Generator& generator, DType dtype) {
  if (!(std >= 0.0))
    throw DataError(
        "normal: the standard deviation must not be negative, got {}; give the root of the variance", std);
  const Generator::Key key = generator.next();
  return filled("normal", shape, dtype, [&]<class T>(T* out, std::int64_t first, std::int64_t n) {
    fill_normal(out, first, n, key.seed, key.stream);
    const T a = static_cast<T>(mean), scale = static_cast<T>(std);
    detail::map_row(out, out, n, [a, scale](T z) { return a + scale * z; });
  });
}

Tensor bernoulli(const Shape& shape, double p, Generator& generator, DType dtype) {
  if (!(p >= 0.0 && p <= 1.0))
    throw DataError("bernoulli: the probability must be in [0, 1], got {}; sigmoid makes one of a log odds",
                    p);
  const Generator::Key key = generator.next();
  return filled("bernoulli", shape, dtype, [&]<class T>(T* out, std::int64_t first, std::int64_t n) {
    fill_uniform(out, first, n, key.seed, key.stream);
    const T limit = static_cast<T>(p);
    detail::map_row(out, out, n, [limit](T u) { return static_cast<T>(u < limit); });
  });
}

Tensor permutation(std::int64_t n, Generator& generator) {
  const Generator::Key key = generator.next();
  Tensor out({n}, int64);
  std::int64_t* const order = out.mutable_data<std::int64_t>();
  std::iota(order, order + n, std::int64_t{0});
  for (std::int64_t i = n - 1; i > 0; --i)
    std::swap(order[i], order[random_below(i + 1, key.seed, key.stream, i)]);
  return out;
}

}  // namespace hourglass
