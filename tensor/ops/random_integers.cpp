#include <hourglass/tensor/base/philox.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/random.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hourglass {

Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high, Generator& generator) {
  std::int64_t range = 0;
  if (!(low < high) || __builtin_sub_overflow(high, low, &range)) {
    throw DataError("randint: needs low < high, less than 2⁶³ apart, got {} and {}; high itself is not drawn",
                    low, high);
  }
  const Generator::Key key = generator.next();
  Tensor out(shape, int64);
  auto* const data = out.mutable_data<std::int64_t>();
  parallel_ranges(out.size(), detail::kGrain / 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) data[i] = low + random_below(range, key.seed, key.stream, i);
  });
  return out;
}

namespace {

// The weights of a row added up, the first of all and the last the total.
void add_up(const double* w, std::int64_t n, std::int64_t row, const Shape& shape,
            std::vector<double>& sums) {
  double total = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (!(w[i] >= 0.0 && std::isfinite(w[i]))) {
      throw DataError(
          "multinomial: weights must be finite and not negative, got {} in row {} of shape {}; of logits "
          "take softmax",
          w[i], row, shape);
    }
    sums[static_cast<std::size_t>(i)] = total += w[i];
  }
  if (!(total > 0.0 && std::isfinite(total)))
    throw DataError(
        "multinomial: the weights of row {} of shape {} add up to {}; one of them must be positive and their "
        "sum finite",
        row, shape, total);
}

// u in [0, 1): the first index whose sum is beyond u times the total. Its weight is positive.
std::int64_t index_at(const std::vector<double>& sums, double u) {
  const double total = sums.back();
  const auto found =
      std::upper_bound(sums.begin(), sums.end(), std::min(u * total, std::nextafter(total, 0.0)));
  return found - sums.begin();
}

// The indices of the `count` smallest times −log(1 − u) / w, in their order.
void draw_apart(const double* w, const double* u, std::int64_t n, std::int64_t count, std::int64_t* out) {
  std::vector<std::pair<double, std::int64_t>> times;
  for (std::int64_t i = 0; i < n; ++i) {
    if (w[i] > 0.0) times.emplace_back(-std::log1p(-u[i]) / w[i], i);
  }
  if (static_cast<std::int64_t>(times.size()) < count) {
    throw DataError(
        "multinomial: {} draws without replacement need as many positive weights, got {}; ask for "
        "{.replacement = true}",
        count, times.size());
  }
  std::partial_sort(times.begin(), times.begin() + count, times.end());
  for (std::int64_t j = 0; j < count; ++j) out[j] = times[static_cast<std::size_t>(j)].second;
}

}  // namespace

Tensor multinomial(const Tensor& weights, std::int64_t count, MultinomialOptions options,
                   Generator& generator) {
  expect_floating("multinomial", weights.dtype());
  if (weights.rank() < 1 || count < 0) {
    throw ShapeError(
        "multinomial: cannot draw {} indices along the last axis of shape {}; the count must be at least 0 "
        "and a scalar has no axis",
        count, weights.shape());
  }
  const Generator::Key key = generator.next();
  const std::int64_t n = weights.shape(-1);
  const Tensor rows = weights.to(float64).contiguous();
  Tensor out(weights.shape().with(-1, count), int64);
  if (out.size() == 0) return out;
  const double* const from = rows.data<double>();
  auto* const to = out.mutable_data<std::int64_t>();
  const std::int64_t each = options.replacement ? count : n;  // random numbers
  parallel_ranges(out.size() / count, std::max<std::int64_t>(1, detail::kGrain / 16 / (n + each + 1)),
                  [&](std::int64_t begin, std::int64_t end) {
                    std::vector<double> sums(static_cast<std::size_t>(n)), u(static_cast<std::size_t>(each));
                    for (std::int64_t r = begin; r < end; ++r) {
                      const double* const w = from + r * n;
                      std::int64_t* const drawn = to + r * count;
                      if (n == 0)
                        throw DataError(
                            "multinomial: shape {} has no weights; the last axis must not be empty",
                            weights.shape());
                      add_up(w, n, r, weights.shape(), sums);
                      fill_uniform(u.data(), r * each, each, key.seed, key.stream);
                      if (!options.replacement) {
                        draw_apart(w, u.data(), n, count, drawn);
                        continue;
                      }
                      std::transform(u.begin(), u.end(), drawn, [&](double v) { return index_at(sums, v); });
                    }
                  });
  return out;
}

}  // namespace hourglass
