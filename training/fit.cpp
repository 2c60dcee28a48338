#include <hourglass/autograd/trace.h>
#include <hourglass/nn/check.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/clock.h>
#include <hourglass/training/fit.h>
#include <hourglass/training/internal/expect.h>
#include <hourglass/training/internal/step.h>
#include <hourglass/training/interrupt.h>
#include <hourglass/training/progress.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>

namespace hourglass::training::detail {

namespace {

void expect_batches(const char* op, const char* which, const Source& batches) {
  if (batches.batch_count() > 0) return;
  throw DataError("{}: the {} data give no batch: {}; give more examples or smaller batches", op, which,
                  batches.describe());
}

void check(const FitOptions& options, const Source& train) {
  expect_at_least("fit", "epochs", 0, options.epochs);
  expect_at_least("fit", "initial_epoch", 0, options.initial_epoch);
  expect_at_least("fit", "checkpoint.every_epochs", 0, options.checkpoint.every_epochs);
  expect_at_least("fit", "checkpoint.every_batches", 0, options.checkpoint.every_batches);
  for (const Callback* callback : options.callbacks) {
    if (!callback)
      throw DataError("fit: callbacks must not hold a null pointer; leave out what is not there");
  }
  expect_batches("fit", "training", train);
  if (!options.validation) return;
  expect_batches("fit", "validation", options.validation);
  if (options.validation.batch_type() != train.batch_type()) {
    throw DataError(
        "fit: the validation data give batches of another type than the training data; the loss takes only "
        "the latter, so give both as the same source");
  }
}

// Those that the options or a callback ask for.
const CheckpointOptions& checkpoint_of(const FitOptions& options) {
  const CheckpointOptions* out = &options.checkpoint;
  for (const Callback* callback : options.callbacks) {
    const CheckpointOptions* const its_own = callback->checkpoint();
    if (!its_own) continue;
    if (!out->path.empty()) {
      throw DataError("fit: checkpoints are asked for twice, as {} and by {} as {}; one is enough", out->path,
                      callback->name(), its_own->path);
    }
    out = its_own;
  }
  return *out;
}

// Each phase's mean loss over an epoch's examples, in evaluation mode. Parameters are constants meanwhile, so
// that only what the loss itself makes to differentiate by is recorded. None if `broken_off` says so in
// between.
template <class BrokenOff>
std::optional<std::vector<double>> mean_losses(nn::Module& model, std::span<const AnyPhase> phases,
                                               const Source& batches, BrokenOff broken_off) {
  const nn::Evaluating evaluating(model);
  const Frozen frozen(nn::parameters(model));
  const hourglass::detail::SetRecording recording(true);
  std::vector<double> sums(phases.size());
  double examples = 0.0;
  batches.for_each(0, 0, [&](const void* batch, std::int64_t count) {
    const auto n = static_cast<double>(count);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += n * total_loss(model, phases, i, batch).item();
    examples += n;
    return !broken_off();
  });
  if (broken_off()) return std::nullopt;
  for (double& sum : sums) sum /= examples;
  return sums;
}

// One run of fit().
class Run {
 public:
  Run(nn::Module& model, std::span<const AnyPhase> phases, const Source& train, const FitOptions& options)
      : phases_(phases),
        train_(train),
        options_(options),
        checkpoint_(checkpoint_of(options)),
        signals_(options.catch_signals),
        state_{model, *phases.front().optimizer, history_},
        step_(model, phases),
        parts_(all_parts()) {
    for (const AnyPhase& phase : phases.subspan(1))
      state_.further_optimizers.push_back({phase.name, *phase.optimizer});
    position_.epochs_done = state_.epoch = options.initial_epoch;
    state_.epochs = options.epochs;
  }

  History train() {
    state_.model.train();
    begin();
    while (!state_.stop && !signals_.noted() && position_.epochs_done < options_.epochs) train_epoch();
    history_.interrupted = signals_.noted();
    tell(&Callback::on_train_end);
    if (history_.interrupted && !silent()) print_where_it_ended();
    if (checkpoint_.delete_when_done && is_done() && !history_.interrupted)
      std::filesystem::remove(checkpoint_.path);
    return std::move(history_);
  }

 private:
  using Event = void (Callback::*)(TrainingState&);
  void tell(Event event) {
    for (Callback* callback : options_.callbacks) (callback->*event)(state_);
  }

  // f between two events, of which the second comes even if f throws.
  template <class F>
  void between(Event begin, Event end, F f) {
    try {
      tell(begin);
      f();
    } catch (...) {
      tell(end);
      throw;
    }
    tell(end);
  }

  [[nodiscard]] bool silent() const { return options_.verbose == Verbose::silent; }

  [[nodiscard]] bool has_ended() const {
    return std::any_of(options_.callbacks.begin(), options_.callbacks.end(),
                       [](const Callback* c) { return c->has_ended(); });
  }

  [[nodiscard]] bool is_done() const { return position_.epochs_done >= options_.epochs || has_ended(); }

  // Everything that decides how training goes on.
  Parts all_parts() {
    Parts parts{{"model", state_.model},
                {"optimizer", state_.optimizer},
                {"training", position_},
                {"history", history_}};
    for (const AnyPhase& phase : phases_.subspan(1))
      parts.emplace_back("optimizer_" + phase.name, *phase.optimizer);
    std::map<std::string, int> seen;
    for (Callback* callback : options_.callbacks) {
      const int count = ++seen[callback->name()];
      parts.emplace_back(callback->name() + (count == 1 ? "" : fmt::format("_{}", count)), *callback);
    }
    parts.insert(parts.end(), options_.checkpoint.also.begin(), options_.checkpoint.also.end());
    if (&checkpoint_ != &options_.checkpoint)
      parts.insert(parts.end(), checkpoint_.also.begin(), checkpoint_.also.end());
    return parts;
  }

  // Restores twice: callbacks see where the run stands, and what they do then changes nothing of it. A run
  // that begins leaves a checkpoint at once: one that is killed before the next still knows its log files.
  void begin() {
    const std::string& path = checkpoint_.path;
    std::optional<SavedParts> saved;
    if (!path.empty() && checkpoint_.resume && std::filesystem::exists(path)) {
      restore(saved.emplace("fit", path));
      if (!silent()) fmt::print("{}\n", where_it_goes_on());
    }
    tell(&Callback::on_train_begin);
    if (position_.batches_done > 0) {
      ++state_.epoch;
      tell(&Callback::on_epoch_begin);
    }
    const bool wanted = checkpoint_.every_epochs > 0 || checkpoint_.every_batches > 0;
    if (saved) {
      restore(*saved);
    } else if (wanted && position_.epochs_done < options_.epochs) {
      save();
    }
  }

  void restore(const SavedParts& saved) {
    const Position there = saved.position();
    if (there.batches_done > 0 && there.batches != train_.batch_count()) {
      throw DataError(
          "fit: {} was written within an epoch of {} batches, but the data give {}; to go on exactly, give "
          "the same data",
          checkpoint_.path, there.batches, train_.batch_count());
    }
    saved.restore(parts_,
                  "give fit the callbacks and the parts in `also` that wrote the file, or remove it or set "
                  "resume = false to begin anew");
    state_.stop = has_ended();
    state_.epoch = position_.epochs_done;
  }

  [[nodiscard]] std::string where_it_goes_on() const {
    std::string text = fmt::format("Going on from {}: {} of {} epochs done", checkpoint_.path,
                                   position_.epochs_done, options_.epochs);
    if (position_.batches_done > 0) text += fmt::format(" and {} batches", position_.batches_done);
    return has_ended() ? text + ", then ended by a callback" : text;
  }

  void save() {
    if (checkpoint_.path.empty()) return;
    write_parts(checkpoint_.path, parts_, checkpoint_.notes);
  }

  // Calls f; errors say where in the training they came up.
  template <class Place, class F>
  auto here(Place place, F f) {
    try {
      return f();
    } catch (Error& error) {
      std::vector<Error::Frame> trail = error.trail();
      trail.push_back({nullptr, fmt::format("epoch {}, {}", state_.epoch, place()), "", ""});
      error.set_trail(std::move(trail));
      throw;
    }
  }

  // Calls f; returns false if its numbers became infinite or nan and a callback ends the training for that.
  template <class F>
  bool is_finite(F f) {
    try {
      f();
      return true;
    } catch (const NotFiniteError& error) {
      for (Callback* callback : options_.callbacks)
        not_finite_ = callback->on_not_finite(state_, error) || not_finite_;
      if (!not_finite_) throw;
      if (!silent()) fmt::print("\nTerminating the training: {}\n", error.what());
    }
    state_.stop = true;
    return false;
  }

  void train_epoch() {
    state_.epoch = position_.epochs_done + 1;
    Progress progress(!silent(), state_.epoch, options_.epochs, train_.batch_count());
    if (position_.batches_done == 0) tell(&Callback::on_epoch_begin);
    train_batches(progress);
    EpochRecord record{.epoch = state_.epoch, .loss = mean(), .seconds = position_.seconds};
    for (std::size_t i = 1; i < phases_.size(); ++i) record.set(phases_[i].name + "_loss", mean(i));
    if (not_finite_ || stopped_within() || !validate(record)) {
      if (!not_finite_) save();
      history_.epochs.push_back(std::move(record));
      return;
    }
    history_.epochs.push_back(std::move(record));
    between(&Callback::on_epoch_end, &Callback::on_epoch_done, [] {});
    progress.end(position_.batches_done, history_.epochs.back());
    save_epoch();
  }

  void train_batches(Progress& progress) {
    position_.batches = train_.batch_count();
    const double start = now() - position_.seconds;
    train_.for_each(state_.epoch - 1, position_.batches_done, [&](const void* batch, std::int64_t examples) {
      if (!is_finite([&] { train_batch(batch, examples); })) return false;
      position_.seconds = now() - start;
      progress.batch(position_.batches_done, mean());
      if (state_.stop || signals_.noted()) return false;
      const std::int64_t every = checkpoint_.every_batches;
      if (every > 0 && position_.batches_done % every == 0) save();
      return true;
    });
    if (position_.batches_done == 0 && !not_finite_)
      throw DataError(
          "fit: the training data give no batch in epoch {}, though batch_count() is {}; epoch(n) must give "
          "so many each time",
          state_.epoch, position_.batches);
  }

  void train_batch(const void* batch, std::int64_t examples) {
    const std::int64_t number = position_.batches_done + 1;
    const std::span<const double> losses = here(
        [&] { return fmt::format("batch {}{}", number, step_.where()); }, [&] { return step_.train(batch); });
    const auto n = static_cast<double>(examples);
    position_.batches_done = number;
    position_.loss_sum += n * losses[0];
    position_.further_loss_sums.resize(phases_.size() - 1);
    for (std::size_t i = 1; i < losses.size(); ++i) position_.further_loss_sums[i - 1] += n * losses[i];
    position_.examples += n;
    for (Callback* callback : options_.callbacks) callback->on_batch_end(state_, number, losses[0]);
  }

  // Returns whether it came to its end; if a signal broke it off, it has not happened.
  bool validate(EpochRecord& record) {
    if (!options_.validation) return true;
    const Generator::State before = default_generator().state();
    const auto measure = [&] {
      const auto losses =
          mean_losses(state_.model, phases_, options_.validation, [&] { return broken_off(); });
      if (!losses) return;
      record.val_loss = losses->front();
      for (std::size_t i = 1; i < phases_.size(); ++i)
        record.set("val_" + phases_[i].name + "_loss", (*losses)[i]);
      const auto bad =
          std::find_if_not(losses->begin(), losses->end(), [](double l) { return std::isfinite(l); });
      if (bad == losses->end()) return;
      throw NotFiniteError(
          "fit: the validation loss became {}, with a training loss of {}; look at the validation data's "
          "range, or keep an hg::Trace alive around fit(): it names the op and the layer that made it",
          *bad, mean(static_cast<std::size_t>(bad - losses->begin())));
    };
    const bool finite = is_finite([&] {
      here([] { return "validation"; },
           [&] { between(&Callback::on_test_begin, &Callback::on_test_end, measure); });
    });
    if (!record.val_loss) default_generator().set_state(before);
    return finite && record.val_loss.has_value();
  }

  void save_epoch() {
    position_ = {.epochs_done = state_.epoch};
    const std::int64_t every = checkpoint_.every_epochs;
    const bool last = state_.stop || state_.epoch == options_.epochs;
    const bool due = every > 0 && (last || state_.epoch % every == 0);
    if (due || signals_.noted()) save();
  }

  // By a signal, or by a callback's stop that does not last: then the rest of the epoch is still to be done.
  [[nodiscard]] bool stopped_within() const {
    const bool rest = position_.batches_done < position_.batches;
    return broken_off() || (state_.stop && rest && !has_ended());
  }
  // If a callback has said stop as well, the epoch comes to its end.
  [[nodiscard]] bool broken_off() const { return signals_.noted() && !state_.stop; }
  // A phase's loss of the epoch so far.
  [[nodiscard]] double mean(std::size_t phase = 0) const {
    if (not_finite_) return std::numeric_limits<double>::quiet_NaN();
    return (phase == 0 ? position_.loss_sum : position_.further_loss_sums[phase - 1]) / position_.examples;
  }

  void print_where_it_ended() const {
    const std::string& path = checkpoint_.path;
    fmt::print("Interrupted in epoch {} of {}; {}\n", state_.epoch, options_.epochs,
               path.empty() ? "no checkpoint was asked for" : "the checkpoint is " + path);
  }

  std::span<const AnyPhase> phases_;
  const Source& train_;
  const FitOptions& options_;
  const CheckpointOptions& checkpoint_;
  NoteSignals signals_;
  History history_;
  TrainingState state_;
  Position position_;
  bool not_finite_ = false;
  Step step_;
  Parts parts_;
};

}  // namespace

double evaluate(nn::Module& model, LossOfBatch loss_of_batch, const Source& batches) {
  expect_batches("evaluate", "given", batches);
  const AnyPhase all{"", nullptr, {}, loss_of_batch};
  return mean_losses(model, {&all, 1}, batches, [] { return false; })->front();
}

History fit(nn::Module& model, std::span<const AnyPhase> phases, const Source& train,
            const FitOptions& options) {
  check(options, train);
  expect_phases(phases);
  return Run(model, phases, train, options).train();
}

}  // namespace hourglass::training::detail
