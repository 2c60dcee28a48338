#include <hourglass/training/callbacks/model_checkpoint.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/internal/state_values.h>

#include <filesystem>
#include <limits>

namespace hourglass::training {

namespace {

constexpr double kWorst = std::numeric_limits<double>::infinity();

}  // namespace

ModelCheckpoint::ModelCheckpoint(std::string path, ModelCheckpointOptions options)
    : path_(std::move(path)), options_(std::move(options)), best_(kWorst) {}

void ModelCheckpoint::on_train_begin(TrainingState& state) {
  const bool begins = state.epoch == 0 || best_ != kWorst;
  if (begins || !options_.save_best_only || !std::filesystem::exists(path_)) return;
  detail::SavedParts("ModelCheckpoint", path_).restore({{name(), *this}});
}

void ModelCheckpoint::on_epoch_end(TrainingState& state) {
  if (options_.save_best_only) {
    const double cost = options_.monitor.cost("ModelCheckpoint", state.history.epochs.back());
    if (!(cost < best_)) return;
    best_ = cost;
  }
  Parts parts{{"model", state.model}, {"optimizer", state.optimizer}, {name(), *this}};
  for (const auto& [phase, optimizer] : state.further_optimizers)
    parts.emplace_back("optimizer_" + phase, optimizer);
  save_checkpoint(path_, parts, state.epoch);
}

std::vector<NamedTensor> ModelCheckpoint::state() const { return {detail::real("best", best_)}; }

void ModelCheckpoint::set_state(std::span<const NamedTensor> state) {
  best_ = detail::StateReader("ModelCheckpoint", state).real("best");
}

}  // namespace hourglass::training
