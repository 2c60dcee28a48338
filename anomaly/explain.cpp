#include <hourglass/anomaly/detector.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/top_k.h>
#include <hourglass/tensor/views.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace hourglass::anomaly {

namespace ae = autoencoders;

namespace {

Tensor one_row(std::int64_t row) { return full(Shape{1}, static_cast<double>(row), int64); }

// Columns [begin, end) of x are those of `other`.
Tensor with_columns(const Tensor& x, const Tensor& other, std::int64_t begin, std::int64_t end) {
  return concat({slice(x, 1, {0, begin}), slice(other, 1, {begin, end}), slice(x, 1, {end, x.shape(1)})}, 1)
      .contiguous();
}

// The most frequent category, of several the first; of numbers their mean.
Tensor typical(const Tensor& rows, const data::Place& place) {
  if (place.index) {
    const Tensor each = one_hot(reshape(rows, {rows.shape(0)}).to(int64), std::ssize(place.categories));
    return argmax(mean(each, 0, {.keepdims = true}), 1, {.keepdims = true}).to(rows.dtype());
  }
  const Tensor mean = hourglass::mean(rows, 0, {.keepdims = true});
  return place.one_hot ? one_hot(argmax(mean, 1), rows.shape(1), rows.dtype()) : mean;
}

// The scores of rows of which all but the first have a column changed. Where others are combined with it, the
// distance to the nearest rows is held at the first one's: what the model makes of a row points to a column
// more sharply.
Tensor scores_to_compare(const Scorer& scorer, const Tensor& parts) {
  const auto& scores = scorer.options().scores;
  Tensor held = parts.clone();
  const std::int64_t n = parts.shape(0), s = parts.shape(1);
  for (std::int64_t j = 0; s > 1 && j < s; ++j) {
    if (scores[static_cast<std::size_t>(j)] != Score::nearest) continue;
    for (std::int64_t i = 1; i < n; ++i) held.mutable_data<double>()[i * s + j] = held.data<double>()[j];
  }
  return scorer.combined(held);
}

}  // namespace

// The squared distances to the kept rows, of all columns; those without a column are what it leaves of them.
Tensor Detector::expected_entries(const Tensor& row) const {
  const Tensor& known = scorer_.reference().rows();
  const Tensor off = square(known.to(float64) - row.to(float64)), all = sum(off, 1);
  std::vector<Tensor> out;
  for (const data::Place& p : prepare_->places()) {
    const Tensor others = all - sum(slice(off, 1, {p.begin, p.end}), 1);
    const Tensor nearest = nonzero(top_k_mask(-others, scorer_.reference().k()))[0];
    out.push_back(typical(take(slice(known, 1, {p.begin, p.end}), nearest), p));
  }
  return concat(out, 1);
}

Explanation Detector::explain(const data::Table& table, std::int64_t row) const {
  expect_fitted("explain()");
  const data::Table one = table.take(one_row(row));
  const Tensor x = without_holes(*model_, transform(one));
  if (x.shape(0) == 0)
    throw DataError("Detector: the preprocessor leaves out row {}; is Missing::drop_row meant for it?", row);
  const Tensor expected = expected_entries(x).contiguous();
  const std::vector<data::Place> places = prepare_->places();
  std::vector<Tensor> rows{x};
  for (const data::Place& p : places) rows.push_back(with_columns(x, expected, p.begin, p.end));
  const Tensor scores = scores_to_compare(scorer_, scorer_.parts(*model_, concat(rows)));
  const Tensor errors = anomaly::column_errors(*model_, scorer_.columns(), x).contiguous();

  Explanation out;
  out.score = score_rows(transform(one)).contiguous().data<double>()[0];
  out.p_value = p_value(full(Shape{1}, out.score, float64)).contiguous().data<double>()[0];
  out.threshold = threshold_;
  const data::Table values = prepare_->inverse(expected);
  const std::int64_t c = std::ssize(places);
  double total = 0.0;
  for (std::int64_t i = 0; i < c; ++i) {
    const double falls = std::max(0.0, scores.data<double>()[0] - scores.data<double>()[i + 1]);
    const std::string& name = places[static_cast<std::size_t>(i)].column;
    out.shares.push_back({name, falls, one[name].text(0), values[name].text(0)});
    total += falls;
  }
  for (std::int64_t i = 0; total <= 0.0 && i < c; ++i)
    out.shares[static_cast<std::size_t>(i)].share = errors.data<double>()[i];
  total = 0.0;
  for (const auto& s : out.shares) total += s.share;
  for (auto& s : out.shares) s.share = total > 0.0 ? s.share / total : 1.0 / static_cast<double>(c);
  std::stable_sort(out.shares.begin(), out.shares.end(),
                   [](const auto& a, const auto& b) { return a.share > b.share; });
  return out;
}

namespace {

// A number with five digits; other texts as they are.
std::string brief(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool number = error == std::errc() && end == text.data() + text.size();
  return text.empty() ? "missing" : number ? fmt::format("{:.5g}", value) : text;
}

}  // namespace

std::string Explanation::str(std::int64_t columns) const {
  std::string out = fmt::format("score {:.4g}, threshold {:.4g}, p {:.2g}: ", score, threshold, p_value);
  const std::int64_t n = std::clamp<std::int64_t>(columns, 0, std::ssize(shares));
  for (std::int64_t i = 0; i < n; ++i) {
    const Share& s = shares[static_cast<std::size_t>(i)];
    out += fmt::format("{}{} ({:.0f}%) is {} where {} was expected", i > 0 ? "; " : "", s.column,
                       100.0 * s.share, brief(s.value), brief(s.expected));
  }
  return out;
}

namespace {

// Σ of the squares of the rows of the first (D, …) parameter that belong to each column, as shares.
std::vector<double> weight_shares(ae::Autoencoder& model, const std::vector<data::Place>& places,
                                  std::int64_t width) {
  std::vector<double> out(places.size(), 0.0);
  for (const auto& p : nn::parameters(model)) {
    const Tensor w = p.variable.value();
    if (w.rank() != 2) continue;
    if (w.shape(0) != width) break;
    const Tensor squares = sum(square(w.to(float64)), 1).contiguous();
    const double total = sum(squares).item();
    for (std::size_t i = 0; i < places.size() && total > 0.0; ++i)
      out[i] = sum(slice(squares, 0, {places[i].begin, places[i].end})).item() / total;
    break;
  }
  return out;
}

}  // namespace

std::vector<ColumnSensitivity> Detector::sensitivity(const data::Table& table) const {
  const Tensor x = transform(table);
  if (x.shape(0) < 2)
    throw DataError("Detector: sensitivity() permutes entries between rows, but there are {}; give more",
                    x.shape(0));
  Generator generator(options_.seed, 1);
  const Tensor before = score_rows(x), order = permutation(x.shape(0), generator);
  const Tensor permuted = hourglass::take(x, order), noise = normal(x.shape(), 0.0, 0.1, generator);
  const auto change = [&](const Tensor& rows) { return mean(abs(score_rows(rows) - before)).item(); };
  const std::vector<data::Place> places = prepare_->places();
  const std::vector<double> weights = weight_shares(*model_, places, x.shape(1));
  std::vector<ColumnSensitivity> out;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const data::Place& p = places[i];
    ColumnSensitivity s{.column = p.column, .weights = weights[i]};
    s.permuted = change(with_columns(x, permuted, p.begin, p.end));
    if (!p.one_hot && !p.index) s.noise = change(with_columns(x, x + noise, p.begin, p.end));
    out.push_back(std::move(s));
  }
  return out;
}

}  // namespace hourglass::anomaly
