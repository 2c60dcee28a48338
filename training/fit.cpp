#include <hourglass/autograd/trace.h>
#include <hourglass/nn/check.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/clock.h>
#include <hourglass/training/fit.h>
#include <hourglass/training/internal/step.h>
#include <hourglass/training/interrupt.h>
#include <hourglass/training/progress.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>

namespace hourglass::training::detail {

namespace {

void expect_batches(const char* op, const char* which, const Source& batches) {
  if (batches.batch_count() > 0) return;
  throw DataError("{}: the {} data give no batch: {}; give more examples or smaller batches", op, which,
                  batches.describe());
}

void expect_at_least(const char* option, std::int64_t least, std::int64_t value) {
  if (value >= least) return;
  throw DataError("fit: {} must {}, got {}; leave it out for the default", option,
                  least == 0 ? "not be negative" : "be at least 1", value);
}

void check(const FitOptions& options, const Source& train) {
  expect_at_least("epochs", 0, options.epochs);
  expect_at_least("initial_epoch", 0, options.initial_epoch);
  expect_at_least("checkpoint.every_epochs", 0, options.checkpoint.every_epochs);
  expect_at_least("checkpoint.every_batches", 0, options.checkpoint.every_batches);
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

// The mean loss over an epoch's examples, in evaluation mode. Parameters are constants meanwhile, so that
// only what the loss itself makes to differentiate by is recorded. None if `broken_off` says so in between.
template <class BrokenOff>
std::optional<double> mean_loss(nn::Module& model, LossOfBatch loss_of_batch, const Source& batches,
                                BrokenOff broken_off) {
  const nn::Evaluating evaluating(model);
  const Frozen frozen(model);
  const hourglass::detail::SetRecording recording(true);
  double sum = 0.0, examples = 0.0;
  batches.for_each(0, 0, [&](const void* batch, std::int64_t count) {
    const auto n = static_cast<double>(count);
    sum += n * total_loss(model, loss_of_batch, batch).item();
    examples += n;
    return !broken_off();
  });
  if (broken_off()) return std::nullopt;
  return sum / examples;
}

// One run of fit().
class Run {
 public:
  Run(nn::Module& model, optim::Optimizer& optimizer, LossOfBatch loss_of_batch, const Source& train,
      const FitOptions& options)
      : loss_of_batch_(loss_of_batch),
        train_(train),
        options_(options),
        signals_(options.catch_signals),
        state_{model, optimizer, history_},
        step_(model, optimizer),
        parts_(all_parts()) {
    position_.epochs_done = state_.epoch = options.initial_epoch;
    state_.epochs = options.epochs;
  }

  History train() {
    state_.model.train();
    begin();
    while (!state_.stop && !signals_.noted() && position_.epochs_done < options_.epochs) train_epoch();
    tell([&](Callback& c) { c.on_train_end(state_); });
    history_.interrupted = signals_.noted();
    if (history_.interrupted && options_.verbose != Verbose::silent) print_where_it_ended();
    return std::move(history_);
  }

 private:
  template <class Event>
  void tell(Event event) {
    for (Callback* callback : options_.callbacks) event(*callback);
  }

  [[nodiscard]] bool has_ended() const {
    return std::any_of(options_.callbacks.begin(), options_.callbacks.end(),
                       [](const Callback* c) { return c->has_ended(); });
  }

  // Everything that decides how training goes on.
  Parts all_parts() {
    Parts parts{{"model", state_.model},
                {"optimizer", state_.optimizer},
                {"training", position_},
                {"history", history_}};
    std::map<std::string, int> seen;
    for (Callback* callback : options_.callbacks) {
      const int count = ++seen[callback->name()];
      parts.emplace_back(callback->name() + (count == 1 ? "" : fmt::format("_{}", count)), *callback);
    }
    parts.insert(parts.end(), options_.checkpoint.also.begin(), options_.checkpoint.also.end());
    return parts;
  }

  // Restores twice: callbacks see where the run stands, and what they do then changes nothing of it.
  void begin() {
    const std::string& path = options_.checkpoint.path;
    std::optional<SavedParts> saved;
    if (!path.empty() && options_.checkpoint.resume && std::filesystem::exists(path)) {
      restore(saved.emplace("fit", path));
      if (options_.verbose != Verbose::silent) fmt::print("{}\n", where_it_goes_on());
    }
    tell([&](Callback& c) { c.on_train_begin(state_); });
    if (position_.batches_done > 0) {
      ++state_.epoch;
      tell([&](Callback& c) { c.on_epoch_begin(state_); });
    }
    if (saved) restore(*saved);
  }

  void restore(const SavedParts& saved) {
    const Position there = saved.position();
    if (there.batches_done > 0 && there.batches != train_.batch_count()) {
      throw DataError(
          "fit: {} was written within an epoch of {} batches, but the data give {}; to go on exactly, give "
          "the same data",
          options_.checkpoint.path, there.batches, train_.batch_count());
    }
    saved.restore(parts_,
                  "give fit the callbacks and the parts in `also` that wrote the file, or remove it or set "
                  "resume = false to begin anew");
    state_.stop = has_ended();
    state_.epoch = position_.epochs_done;
  }

  [[nodiscard]] std::string where_it_goes_on() const {
    std::string text = fmt::format("Going on from {}: {} of {} epochs done", options_.checkpoint.path,
                                   position_.epochs_done, options_.epochs);
    if (position_.batches_done > 0) text += fmt::format(" and {} batches", position_.batches_done);
    return has_ended() ? text + ", then ended by a callback" : text;
  }

  void save() {
    if (options_.checkpoint.path.empty()) return;
    write_parts(options_.checkpoint.path, parts_, options_.checkpoint.notes);
  }

  // Calls f; errors say where in the training they came up.
  template <class F>
  auto here(const std::string& place, F f) {
    try {
      return f();
    } catch (Error& error) {
      std::vector<Error::Frame> trail = error.trail();
      trail.push_back({nullptr, fmt::format("epoch {}, {}", state_.epoch, place), "", ""});
      error.set_trail(std::move(trail));
      throw;
    }
  }

  void train_epoch() {
    state_.epoch = position_.epochs_done + 1;
    Progress progress(options_.verbose != Verbose::silent, state_.epoch, options_.epochs,
                      train_.batch_count());
    if (position_.batches_done == 0) tell([&](Callback& c) { c.on_epoch_begin(state_); });
    position_.batches = train_.batch_count();
    const double start = now() - position_.seconds;
    train_.for_each(state_.epoch - 1, position_.batches_done, [&](const void* batch, std::int64_t examples) {
      train_batch(batch, examples);
      position_.seconds = now() - start;
      progress.batch(position_.batches_done, mean());
      if (state_.stop || signals_.noted()) return false;
      const std::int64_t every = options_.checkpoint.every_batches;
      if (every > 0 && position_.batches_done % every == 0) save();
      return true;
    });
    if (position_.batches_done == 0)
      throw DataError(
          "fit: the training data give no batch in epoch {}, though batch_count() is {}; epoch(n) must give "
          "so many each time",
          state_.epoch, position_.batches);
    // From a stop that does not last the rest of the epoch is still to be done.
    const bool resumable = state_.stop && position_.batches_done < position_.batches && !has_ended();
    if (resumable) save();
    EpochRecord record{.epoch = state_.epoch, .loss = mean(), .seconds = position_.seconds};
    if (broken_off() || !validate(record)) {
      save();
      history_.epochs.push_back(std::move(record));
      return;
    }
    history_.epochs.push_back(std::move(record));
    tell([&](Callback& c) { c.on_epoch_end(state_); });
    progress.end(position_.batches_done, history_.epochs.back());
    if (!resumable) save_epoch();
  }

  void train_batch(const void* batch, std::int64_t examples) {
    const std::int64_t number = position_.batches_done + 1;
    const double loss =
        here(fmt::format("batch {}", number), [&] { return step_.train(loss_of_batch_, batch); });
    position_.batches_done = number;
    position_.loss_sum += static_cast<double>(examples) * loss;
    position_.examples += static_cast<double>(examples);
    tell([&](Callback& c) { c.on_batch_end(state_, number, loss); });
  }

  // Returns whether nobody broke it off; if someone did, it has not happened.
  bool validate(EpochRecord& record) {
    if (!options_.validation) return true;
    const Generator::State before = default_generator().state();
    record.val_loss = here("validation", [&] {
      return mean_loss(state_.model, loss_of_batch_, options_.validation, [&] { return broken_off(); });
    });
    if (!record.val_loss) {
      default_generator().set_state(before);
    } else if (!std::isfinite(*record.val_loss)) {
      throw DataError(
          "fit: the validation loss became {} in epoch {}, with a training loss of {}; look at the "
          "validation data's range, or keep an hg::Trace alive around fit(): it names the op and the layer "
          "that made it",
          *record.val_loss, state_.epoch, record.loss);
    }
    return record.val_loss.has_value();
  }

  void save_epoch() {
    position_ = {.epochs_done = state_.epoch};
    const std::int64_t every = options_.checkpoint.every_epochs;
    const bool last = state_.stop || state_.epoch == options_.epochs;
    const bool due = every > 0 && (last || state_.epoch % every == 0);
    if (due || signals_.noted()) save();
  }

  // If a callback has said stop as well, the epoch comes to its end.
  [[nodiscard]] bool broken_off() const { return signals_.noted() && !state_.stop; }
  [[nodiscard]] double mean() const { return position_.loss_sum / position_.examples; }

  void print_where_it_ended() const {
    const std::string& path = options_.checkpoint.path;
    fmt::print("Interrupted in epoch {} of {}; {}\n", state_.epoch, options_.epochs,
               path.empty() ? "no checkpoint was asked for" : "the checkpoint is " + path);
  }

  LossOfBatch loss_of_batch_;
  const Source& train_;
  const FitOptions& options_;
  NoteSignals signals_;
  History history_;
  TrainingState state_;
  Position position_;
  Step step_;
  Parts parts_;
};

}  // namespace

double evaluate(nn::Module& model, LossOfBatch loss_of_batch, const Source& batches) {
  expect_batches("evaluate", "given", batches);
  return *mean_loss(model, loss_of_batch, batches, [] { return false; });
}

History fit(nn::Module& model, optim::Optimizer& optimizer, LossOfBatch loss_of_batch, const Source& train,
            const FitOptions& options) {
  check(options, train);
  return Run(model, optimizer, loss_of_batch, train, options).train();
}

}  // namespace hourglass::training::detail
