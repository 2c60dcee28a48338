#include <hourglass/data/batches.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::data {

namespace {

constexpr std::int64_t kAhead = 4;  // shuffled rows are far apart: the processor cannot guess which is next

template <class T>
void ask_for(const T* row, std::int64_t n) {
  constexpr auto kLine = static_cast<std::int64_t>(64 / sizeof(T));
  for (std::int64_t i = 0; i < n; i += kLine) __builtin_prefetch(row + i);
}

}  // namespace

Batches::Batches(const Tensor& x, const BatchOptions& options) : x_(x.contiguous()), options_(options) {
  if (options.batch_size < 1)
    throw DataError("Batches: the batch size must be at least 1, got {}; 32 is usual", options.batch_size);
  if (x.rank() < 1) {
    throw ShapeError(
        "Batches: needs an axis of examples, got shape {}; unsqueeze(x, 0) makes one example of it",
        x.shape());
  }
  if (x.dtype() != uint8 && x.dtype() != float32) {
    throw DTypeError(
        "Batches: examples must be uint8 or float32, got {}; convert them with x.to(hg::float32)",
        name(x.dtype()));
  }
}

Batches::Batches(const Tensor& x, Tensor y, const BatchOptions& options) : Batches(x, options) {
  if (y.rank() < 1 || y.shape(0) != size()) {
    throw ShapeError(
        "Batches: examples {} and targets {} must agree in the first axis; give one target for each example",
        x_.shape(), y.shape());
  }
  y_ = std::move(y);
  has_targets_ = true;
}

std::int64_t internal::batch_count(std::int64_t n, const BatchOptions& options) {
  const std::int64_t whole = n / options.batch_size;
  return options.drop_last || n % options.batch_size == 0 ? whole : whole + 1;
}

Tensor internal::order_of(std::int64_t n, const BatchOptions& options, std::int64_t epoch) {
  if (!options.shuffle) return Tensor(Shape{0}, int64);
  constexpr std::uint64_t kShuffling = 0x73;  // a stream of its own
  Generator generator(options.seed + (static_cast<std::uint64_t>(epoch) << 32), kShuffling);
  return permutation(n, generator);
}

std::int64_t Batches::batch_count() const { return internal::batch_count(size(), options_); }

Batches::Epoch Batches::epoch(std::int64_t number) const {
  return {*this, internal::order_of(size(), options_, number)};
}

Batch Batches::batch(const Tensor& order, std::int64_t index) const {
  const std::int64_t begin = index * options_.batch_size,
                     count = std::min(options_.batch_size, size() - begin);
  const std::int64_t end = begin + count, features = size() == 0 ? 0 : x_.size() / size();
  const std::int64_t* const rows = order.size() == 0 ? nullptr : order.data<std::int64_t>() + begin;
  Tensor x(options_.flatten ? Shape{count, features} : x_.shape().with(0, count), float32);
  float* const to = x.mutable_data<float>();
  visit(x_.dtype(), [&]<class T>() {
    const T* const from = x_.data<T>();
    const std::int64_t grain =
        std::max<std::int64_t>(1, 4 * detail::kGrain / std::max<std::int64_t>(features, 1));
    parallel_ranges(count, grain, [&](std::int64_t first, std::int64_t last) {
      const auto row = [&](std::int64_t i) { return from + (rows ? rows[i] : begin + i) * features; };
      for (std::int64_t i = first; i < last; ++i) {
        if (i + kAhead < last) ask_for(row(i + kAhead), features);
        constexpr float kScale = std::is_same_v<T, std::uint8_t> ? 1.0F / 255.0F : 1.0F;
        detail::map_row(row(i), to + i * features, features,
                        [](T v) { return static_cast<float>(v) * kScale; });
      }
    });
  });
  if (!has_targets_) return {x, Tensor()};
  return {x, rows ? take(y_, slice(order, 0, {begin, end})) : slice(y_, 0, {begin, end})};
}

}  // namespace hourglass::data
