#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks/learning_rate.h>
#include <hourglass/training/internal/state_values.h>

#include <cmath>

namespace hourglass::training {

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : options_(std::move(options)), plateau_(options_.plateau) {}

void ReduceLROnPlateau::on_epoch_end(TrainingState& state) {
  EpochRecord& record = state.history.epochs.back();
  const double before = state.optimizer.learning_rate();
  const double after = plateau_.next(options_.monitor.cost("ReduceLROnPlateau", record), before);
  for (const auto& [phase, optimizer] : state.further_optimizers) {
    const double its_own = optimizer.learning_rate();
    record.set(phase + "_learning_rate", its_own);
    if (after != before) optimizer.set_learning_rate(its_own * (after / before));
  }
  if (after != before) state.optimizer.set_learning_rate(after);
  record.set("learning_rate", before);
}

std::vector<NamedTensor> ReduceLROnPlateau::state() const {
  return {detail::real("best", plateau_.state().best), detail::integers("waited", {plateau_.state().waited})};
}

void ReduceLROnPlateau::set_state(std::span<const NamedTensor> state) {
  const detail::StateReader read("ReduceLROnPlateau", state);
  const double best = read.real("best");
  plateau_.set_state({best, static_cast<int>(read.integer("waited"))});
}

LearningRateScheduler::LearningRateScheduler(Schedule schedule) : schedule_(std::move(schedule)) {
  if (!schedule_)
    throw DataError("LearningRateScheduler: there is no schedule; give a function of epoch and present rate");
}

void LearningRateScheduler::on_epoch_begin(TrainingState& state) {
  set(state.optimizer, state.epoch);
  for (const FurtherOptimizer& further : state.further_optimizers) set(further.optimizer, state.epoch);
}

void LearningRateScheduler::set(optim::Optimizer& optimizer, std::int64_t epoch) const {
  const double present = optimizer.learning_rate(), rate = schedule_(epoch - 1, present);
  if (!(rate >= 0.0) || !std::isfinite(rate)) {
    throw DataError(
        "LearningRateScheduler: the schedule gave {} for epoch {} (from 0); a rate must be finite and not "
        "negative; 1e-3 is usual",
        rate, epoch - 1);
  }
  if (rate != present) optimizer.set_learning_rate(rate);  // at 0 a schedule of its own takes none
}

void LearningRateScheduler::on_epoch_end(TrainingState& state) {
  EpochRecord& record = state.history.epochs.back();
  record.set("learning_rate", state.optimizer.learning_rate());
  for (const auto& [phase, optimizer] : state.further_optimizers)
    record.set(phase + "_learning_rate", optimizer.learning_rate());
}

}  // namespace hourglass::training
