#include <hourglass/data/sequences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace hourglass::data {

namespace {

// (T,) -> (T, 1)
Tensor with_features(const char* op, const Tensor& series) {
  if (series.rank() == 1) return unsqueeze(series, 1);
  if (series.rank() == 2) return series;
  throw ShapeError("{}: needs a series (T, F) or (T,), got shape {}; slice takes one out of several", op,
                   series.shape());
}

}  // namespace

Tensor windows(const Tensor& series, const WindowOptions& o) {
  if (o.window < 1 || o.stride < 1)
    throw DataError(
        "windows: window and stride must be at least 1, got {} and {}; a stride as long as the "
        "window cuts without overlap",
        o.window, o.stride);
  const Tensor x = with_features("windows", series);
  const std::int64_t steps = x.shape(0), features = x.shape(1);
  if (steps < o.window)
    throw ShapeError("windows: a series {} has no window of {} steps; take shorter windows", series.shape(),
                     o.window);
  const std::int64_t n = (steps - o.window) / o.stride + 1;
  if (o.stride == o.window) return reshape(slice(x, 0, {0, n * o.window}), {n, o.window, features});
  std::vector<Tensor> parts;
  for (std::int64_t i = 0; i < n; ++i) parts.push_back(slice(x, 0, {i * o.stride, i * o.stride + o.window}));
  return stack(parts);
}

Sequences sequences(const std::vector<Tensor>& each) {
  if (each.empty()) throw DataError("sequences: there is none; give at least one");
  std::int64_t longest = 0;
  std::vector<Tensor> all;
  for (const Tensor& one : each) {
    all.push_back(with_features("sequences", one));
    if (one.dtype() != float32)
      throw DTypeError("sequences: sequence {} is {}; convert it with x.to(hg::float32)", all.size() - 1,
                       name(one.dtype()));
    if (all.back().shape(1) != all[0].shape(1))
      throw ShapeError("sequences: sequence {} has {} features, the first {}; all need as many",
                       all.size() - 1, all.back().shape(1), all[0].shape(1));
    if (one.shape(0) < 1) throw DataError("sequences: sequence {} has no step; leave it out", all.size() - 1);
    longest = std::max(longest, one.shape(0));
  }
  const std::int64_t n = std::ssize(all);
  Sequences out{full({n, longest, all[0].shape(1)}, std::numeric_limits<double>::quiet_NaN()),
                Tensor({n}, int64)};
  for (std::int64_t i = 0; i < n; ++i) {
    const Tensor& one = all[static_cast<std::size_t>(i)];
    out.lengths.mutable_data<std::int64_t>()[i] = one.shape(0);
    Tensor place = slice(out.x[i], 0, {0, one.shape(0)});
    place.copy_from(one);
  }
  return out;
}

SequenceBatches::SequenceBatches(Sequences given, const BatchOptions& options)
    : sequences_(std::move(given)), options_(options) {
  const Tensor& x = sequences_.x;
  if (options.batch_size < 1)
    throw DataError("SequenceBatches: the batch size must be at least 1, got {}; 32 is usual",
                    options.batch_size);
  if (x.rank() != 3 || sequences_.lengths.dtype() != int64 || sequences_.lengths.shape() != Shape{x.shape(0)})
    throw ShapeError(
        "SequenceBatches: needs x (N, T, F) and lengths (N,) int64, got {} and {}; sequences() "
        "makes both",
        x.shape(), sequences_.lengths.shape());
  sequences_.lengths = sequences_.lengths.contiguous();
  for (std::int64_t i = 0; i < size(); ++i) {
    const std::int64_t length = sequences_.lengths.data<std::int64_t>()[i];
    if (length < 1 || length > x.shape(1))
      throw DataError(
          "SequenceBatches: sequence {} has length {}, but there are {} steps; lengths are 1 to "
          "that",
          i, length, x.shape(1));
  }
}

// The sequences by length, longest first, equal ones in a drawn order; then the whole batches in another.
SequenceBatches::Epoch SequenceBatches::epoch(std::int64_t number) const {
  const std::int64_t n = size(), whole = n / options_.batch_size;
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  const Tensor drawn = internal::order_of(n, options_, number);
  if (options_.shuffle) std::copy_n(drawn.data<std::int64_t>(), n, rows.begin());
  const std::int64_t* const lengths = sequences_.lengths.data<std::int64_t>();
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::int64_t a, std::int64_t b) { return lengths[a] > lengths[b]; });
  BatchOptions of_batches = options_;
  of_batches.seed += 1;
  const Tensor places = internal::order_of(whole, of_batches, number);
  Tensor order({n}, int64);
  std::int64_t* const to = order.mutable_data<std::int64_t>();
  for (std::int64_t b = 0; b < whole; ++b) {
    const std::int64_t from = options_.shuffle ? places.data<std::int64_t>()[b] : b;
    std::copy_n(rows.begin() + from * options_.batch_size, options_.batch_size, to + b * options_.batch_size);
  }
  std::copy(rows.begin() + whole * options_.batch_size, rows.end(), to + whole * options_.batch_size);
  return {*this, order};
}

Batch SequenceBatches::batch(const Tensor& order, std::int64_t index) const {
  const std::int64_t begin = index * options_.batch_size;
  const Tensor rows = slice(order, 0, {begin, std::min(begin + options_.batch_size, size())});
  const Tensor lengths = hourglass::take(sequences_.lengths, rows);
  std::int64_t longest = 1;
  for (std::int64_t i = 0; i < lengths.size(); ++i)
    longest = std::max(longest, lengths.data<std::int64_t>()[i]);
  return {hourglass::take(slice(sequences_.x, 1, {0, longest}), rows), lengths};
}

}  // namespace hourglass::data
