#include <hourglass/data/split.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace hourglass::data {

namespace {

std::int64_t share(double fraction, std::int64_t n) {
  return static_cast<std::int64_t>(std::llround(fraction * static_cast<double>(n)));
}

// How many of each label go into the second part: the whole number below its share, and one more for those
// with the largest remainders, until the parts have the sizes that are asked for.
std::map<std::int64_t, std::int64_t> quotas(const std::map<std::int64_t, std::int64_t>& counts,
                                            double fraction, std::int64_t wanted) {
  std::map<std::int64_t, std::int64_t> out;
  std::vector<std::pair<double, std::int64_t>> remainders;
  for (const auto& [label, count] : counts) {
    const double exact = fraction * static_cast<double>(count), whole = std::floor(exact);
    out[label] = static_cast<std::int64_t>(whole);
    wanted -= out[label];
    remainders.emplace_back(whole - exact, label);  // the largest first when sorted
  }
  std::sort(remainders.begin(), remainders.end());
  for (const auto& [remainder, label] : remainders) {
    if (wanted-- > 0) ++out[label];
  }
  return out;
}

Tensor indices(const std::vector<std::int64_t>& rows) {
  Tensor out(Shape{static_cast<std::int64_t>(rows.size())}, int64);
  std::copy(rows.begin(), rows.end(), out.mutable_data<std::int64_t>());
  return out;
}

std::pair<Tensor, Tensor> stratified(const Tensor& order, const Tensor& given, double fraction) {
  const Tensor labels = given.contiguous();
  const std::int64_t n = order.size();
  const std::int64_t *const rows = order.data<std::int64_t>(), *const label = labels.data<std::int64_t>();
  std::map<std::int64_t, std::int64_t> left;  // of each label, still to come
  for (std::int64_t i = 0; i < n; ++i) ++left[label[i]];
  const auto quota = quotas(left, fraction, share(fraction, n));
  std::vector<std::int64_t> first, second;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t of_row = label[rows[i]];
    (left[of_row]-- > quota.at(of_row) ? first : second).push_back(rows[i]);
  }
  return {indices(first), indices(second)};
}

}  // namespace

std::pair<Tensor, Tensor> split_rows(std::int64_t n, const SplitOptions& options) {
  const double fraction = options.fraction;
  if (!(fraction >= 0.0 && fraction <= 1.0))
    throw DataError("split: the fraction must be in [0, 1], got {}; 0.2 leaves a fifth to the second part",
                    fraction);
  Generator generator(options.seed);
  const Tensor order = permutation(n, generator);
  if (options.labels.size() > 0) {
    if (options.labels.dtype() != int64)
      throw DTypeError("split: labels must be int64, got {}; convert them with y.to(hg::int64)",
                       name(options.labels.dtype()));
    if (!(options.labels.shape() == Shape{n}))
      throw ShapeError(
          "split: labels must have shape {}, one for each example, got {}; argmax(y, 1) makes them of "
          "one-hot rows",
          Shape{n}, options.labels.shape());
    return stratified(order, options.labels, fraction);
  }
  const std::int64_t rest = n - share(fraction, n);
  return {slice(order, 0, {0, rest}), slice(order, 0, {rest, n})};
}

std::pair<std::vector<Tensor>, std::vector<Tensor>> split(const std::vector<Tensor>& arrays,
                                                          const SplitOptions& options) {
  if (arrays.empty()) throw DataError("split: needs at least one array, got none; give {x} or {x, y}");
  for (const Tensor& x : arrays) {
    if (x.rank() < 1 || x.shape(0) != arrays.front().shape(0)) {
      throw ShapeError(
          "split: arrays must agree in the first axis, got shapes {} and {}; give one row of each for an "
          "example",
          arrays.front().shape(), x.shape());
    }
  }
  const auto [first, second] = split_rows(arrays.front().shape(0), options);
  std::pair<std::vector<Tensor>, std::vector<Tensor>> parts;
  for (const Tensor& x : arrays) {
    parts.first.push_back(take(x, first));
    parts.second.push_back(take(x, second));
  }
  return parts;
}

}  // namespace hourglass::data
