#include <hourglass/anomaly/scores.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>
#include <string>

namespace hourglass::anomaly {

namespace {

// The tensor of this name, which must have this type and shape; -1 stands for any extent but 0.
Tensor take(std::span<const NamedTensor> state, const std::string& name, DType dtype,
            std::initializer_list<std::int64_t> shape) {
  const auto found = std::find_if(state.begin(), state.end(), [&](const auto& t) { return t.name == name; });
  if (found == state.end())
    throw DataError("Scorer: the state has no \"{}\"; was it written by a Scorer of the same scores?", name);
  const Tensor& x = found->value;
  bool fits = x.dtype() == dtype && x.rank() == static_cast<int>(shape.size());
  int axis = 0;
  for (const std::int64_t extent : shape) {
    fits = fits && (extent == -1 ? x.shape(axis) > 0 : x.shape(axis) == extent);
    ++axis;
  }
  if (!fits || !all_finite(x))
    throw DataError("Scorer: \"{}\" {} {} is not what a Scorer of these scores leaves; is it the right file?",
                    name, hourglass::name(x.dtype()), x.shape());
  return x.contiguous();
}

Mahalanobis take_distances(std::span<const NamedTensor> state, const std::string& name) {
  Mahalanobis out;
  out.mean = take(state, name + ".mean", float64, {1, -1});
  out.whitening = take(state, name + ".whitening", float64, {out.mean.shape(1), out.mean.shape(1)});
  return out;
}

}  // namespace

std::vector<NamedTensor> Scorer::state() const {
  if (columns_.empty())
    throw DataError("Scorer: it has learnt nothing that could be saved; call fit() first");
  std::vector<NamedTensor> out{{"column_means", column_means_},
                               {"reference", nearest_.rows()},
                               {"training_parts", training_parts_},
                               {"scales", scales_},
                               {"training_scores", training_scores_}};
  for (const auto& [name, distances] : {std::pair{"residual", &residual_}, std::pair{"code", &code_}}) {
    if (distances->mean.rank() != 2) continue;
    out.push_back({std::string(name) + ".mean", distances->mean});
    out.push_back({std::string(name) + ".whitening", distances->whitening});
  }
  return out;
}

void Scorer::set_state(std::vector<autoencoders::TableColumn> columns, std::span<const NamedTensor> state) {
  std::int64_t width = 0;
  for (const auto& c : columns) width += c.width;
  const std::int64_t s = std::ssize(options_.scores);
  Scorer out(options_);
  out.columns_ = std::move(columns);
  out.column_means_ = take(state, "column_means", float64, {1, std::ssize(out.columns_)});
  out.nearest_ = NearestRows(take(state, "reference", float32, {-1, width}), options_.neighbours);
  out.training_parts_ = take(state, "training_parts", float64, {s, -1});
  out.scales_ = take(state, "scales", float64, {s, 3});
  for (std::int64_t i = 0; i < s; ++i) {
    const double* const scale = out.scales_.data<double>() + 3 * i;
    if (scale[0] <= 0.0 || scale[2] <= 0.0)
      throw DataError("Scorer: the scale of score {} is not positive; is the file a Scorer's?", i);
  }
  out.training_scores_ = take(state, "training_scores", float64, {out.training_parts_.shape(1)});
  if (std::find(options_.scores.begin(), options_.scores.end(), Score::mahalanobis) != options_.scores.end())
    out.residual_ = take_distances(state, "residual");
  if (std::find(options_.scores.begin(), options_.scores.end(), Score::code) != options_.scores.end())
    out.code_ = take_distances(state, "code");
  *this = std::move(out);
}

}  // namespace hourglass::anomaly
