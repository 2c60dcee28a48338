// What a model computes: rows in, rows out, sixteen at a time.
#include <hourglass/app/service/error.h>
#include <hourglass/app/service/model.h>
#include <hourglass/autoencoders/generative.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass::service {

namespace ae = autoencoders;

namespace {

// Over the entries that are there; 0 for a row without any.    (N, …) -> (N,) float64
Tensor mean_of_present(const Tensor& x) {
  const Tensor rows = flatten(x.to(float64), 1), present = equal(rows, rows);
  const Tensor total = sum(where(present, rows, zeros({1, 1}, float64)), 1);
  return total / maximum(sum(present.to(float64), 1), ones(Shape{1}, float64));
}

}  // namespace

std::vector<Tensor> ServedModel::compute(Op op, const Tensor& rows) const {
  const std::int64_t n = rows.shape(0);
  std::vector<std::vector<Tensor>> parts;  // [result][block]
  for (std::int64_t begin = 0; begin < n; begin += kRowsAtOnce) {
    const std::int64_t count = std::min(kRowsAtOnce, n - begin);
    Tensor block = slice(rows, 0, {begin, begin + count});
    if (count < kRowsAtOnce) block = concat({block, zeros(rows.shape().with(0, kRowsAtOnce - count))});
    const std::vector<Tensor> results = compute_some(op, block);
    parts.resize(results.size());
    for (std::size_t i = 0; i < results.size(); ++i) parts[i].push_back(slice(results[i], 0, {0, count}));
  }
  std::vector<Tensor> out;
  out.reserve(parts.size());
  for (const auto& blocks : parts)
    out.push_back((blocks.size() == 1 ? blocks[0] : concat(blocks)).contiguous());
  return out;
}

std::vector<Tensor> ServedModel::compute_some(Op op, const Tensor& rows) const {
  const nn::Evaluating evaluating(*model_);
  switch (op) {
    case Op::encode:
      return {reshape(model_->encode(rows).value(), {rows.shape(0), -1})};
    case Op::decode:
      return {model_->decode(reshape(rows, code_.insert(0, rows.shape(0)))).value()};
    case Op::reconstruct:
      return reconstructed(rows);
    case Op::score:
      break;
  }
  return scored(rows);
}

std::vector<Tensor> ServedModel::reconstructed(const Tensor& rows) const {
  const Tensor y = model_->reconstruct(rows).value();
  if (prepare_) return {y, anomaly::column_errors(*model_, ae::columns_of(prepare_->places()), rows)};
  return {y, square(y - rows)};
}

std::vector<Tensor> ServedModel::scored(const Tensor& rows) const {
  if (!scorer_) {
    const Tensor errors = mean_of_present(reconstructed(rows)[1]);
    return {errors, errors};
  }
  const auto& scores = scorer_->options().scores;
  const Tensor parts = scorer_->parts(*model_, rows);
  const auto error = std::find(scores.begin(), scores.end(), anomaly::Score::error);
  const std::int64_t at = error - scores.begin();
  const Tensor errors = error == scores.end() ? mean_of_present(reconstructed(rows)[1])
                                              : reshape(slice(parts, 1, {at, at + 1}), {rows.shape(0)});
  const Tensor combined = scorer_->combined(parts);
  return {combined, errors.to(float64)};
}

Tensor ServedModel::sample(std::int64_t n, std::uint64_t seed) const {
  const nn::Evaluating evaluating(*model_);
  Generator& generator = default_generator();
  const Generator::State before = generator.state();
  generator.set_state({seed, 0, 0});
  Tensor out = ae::sample(*model_, n);
  generator.set_state(before);
  return out;
}

std::vector<double> ServedModel::p_values(const std::vector<double>& scores) const {
  const double *const begin = training_scores_.data<double>(), *const end = begin + training_scores_.size();
  std::vector<double> out;
  out.reserve(scores.size());
  for (const double s : scores) {
    const auto as_high = static_cast<double>(end - std::lower_bound(begin, end, s));
    out.push_back((1.0 + as_high) / static_cast<double>(training_scores_.size() + 1));
  }
  return out;
}

anomaly::Explanation ServedModel::explain(const data::Table& table, std::int64_t row) const {
  if (!detector_)
    throw Refusal(400,
                  "this model's file holds no scores of training rows to explain by; /reconstruct gives "
                  "the errors of columns");
  return detector_->explain(table, row);
}

}  // namespace hourglass::service
