#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks/swap_ema_weights.h>
#include <hourglass/training/internal/state_values.h>

#include <algorithm>

namespace hourglass::training {

namespace {

constexpr std::string_view kIterations = "iterations";

}  // namespace

SwapEMAWeights::SwapEMAWeights(SwapEMAWeightsOptions options)
    : options_(options), average_({.momentum = options.momentum}) {
  if (options_.every < 1)
    throw DataError("SwapEMAWeights: every must be at least 1, got {}; 1 updates after each step",
                    options_.every);
}

void SwapEMAWeights::on_train_begin(TrainingState& state) {
  average_ = optim::ExponentialMovingAverage({.momentum = options_.momentum});
  average_.update(nn::parameters(state.model));
  iterations_ = state.optimizer.iterations();
}

void SwapEMAWeights::on_batch_end(TrainingState& state, std::int64_t /*batch*/, double /*loss*/) {
  const std::int64_t now = state.optimizer.iterations();
  // None where it accumulates gradients, several with Phase::steps.
  const bool due = now / options_.every != iterations_ / options_.every;
  iterations_ = now;
  if (due) average_.update(nn::parameters(state.model));
}

void SwapEMAWeights::swap(TrainingState& state, bool averages) {
  if (averages != average_.is_swapped()) average_.swap(nn::parameters(state.model));
}

void SwapEMAWeights::on_train_end(TrainingState& state) {
  if (state.history.interrupted) return;
  const std::vector<NamedParameter> parameters = nn::parameters(state.model);
  std::vector<Tensor> averages;
  averages.reserve(parameters.size());
  average_.swap(parameters);
  for (const NamedParameter& p : parameters) averages.push_back(p.variable.value().clone());
  average_.swap(parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Variable variable = parameters[i].variable;
    variable.set_value(averages[i]);
  }
}

std::vector<NamedTensor> SwapEMAWeights::state() const {
  std::vector<NamedTensor> out = average_.state();
  out.push_back(detail::integers(std::string(kIterations), {iterations_}));
  return out;
}

void SwapEMAWeights::set_state(std::span<const NamedTensor> state) {
  const std::int64_t iterations = detail::StateReader(name(), state).integer(kIterations);
  std::vector<NamedTensor> averages;
  std::copy_if(state.begin(), state.end(), std::back_inserter(averages),
               [](const NamedTensor& t) { return t.name != kIterations; });
  average_.set_state(averages);
  iterations_ = iterations;
}

}  // namespace hourglass::training
