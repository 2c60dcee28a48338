#pragma once

#include <hourglass/training/callback.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/history.h>
#include <hourglass/training/phase.h>
#include <hourglass/training/source.h>

#include <span>

namespace hourglass::training {

enum class Verbose : std::uint8_t {
  automatic,  // a progress bar on a terminal, else one line an epoch
  silent,
};

struct FitOptions {
  std::int64_t epochs = 1;  // the number of the last epoch, initial_epoch included
  Source validation{};      // &batches; its loss is taken after each epoch, in evaluation mode
  std::vector<Callback*> callbacks{};
  Verbose verbose = Verbose::automatic;
  std::int64_t initial_epoch = 0;  // epochs that an earlier run has done: counting and shuffling go on there
  CheckpointOptions checkpoint{};
  bool catch_signals = true;  // let Ctrl-C end the training in order; see NoteSignals
};

namespace detail {
[[nodiscard]] History fit(nn::Module& model, std::span<const AnyPhase> phases, const Source& train,
                          const FitOptions& options);
[[nodiscard]] double evaluate(nn::Module& model, LossOfBatch loss_of_batch, const Source& batches);

/// Whether fit() can work with these; if not, says in one line why.
template <class F, class S>
constexpr bool check_fit() {
  if constexpr (!BatchSource<S>) {
    static_assert(Never<S>::value,
                  "the data must be a source of batches, as data::Batches is: epoch(n) to "
                  "walk over and batch_count(); see training::BatchSource");
    return false;
  } else {
    constexpr bool fits = std::is_invocable_r_v<Variable, F&, const BatchOf<S>&>;
    static_assert(fits,
                  "the loss must take a batch of the source, const data::Batch&, and return a Variable");
    return fits;
  }
}
}  // namespace detail

/// Trains a module: for each batch of each epoch loss_of_batch(batch), plus the model's regularisers, forward
/// and backward, and one step of the optimizer. Whatever gives a scalar loss for a batch can be trained,
/// autoencoder or not, from any source of batches (see BatchSource):
///
///     const auto loss = [&](const data::Batch& b) { return nn::mean_squared_error(model(b.x), b.x); };
///     fit(model, adam, loss, train, {.epochs = 7, .validation = &test, .checkpoint = {.path = "run.h5"}});
///
/// Prints progress as Keras does. The model is left in training mode. Ctrl-C (SIGINT) and SIGTERM end the
/// training after the batch: a checkpoint is left if there is a path for it, the history is returned with
/// `interrupted` set and the epoch that was broken off as its last; a second one ends the program at once. A
/// callback that sets `stop` within an epoch breaks it off as well, unless the stop lasts: then the epoch
/// ends there, with its validation.
///
/// Throws DataError for options out of range or data without a batch; NotFiniteError for a loss that becomes
/// nan or infinite, in training or in validation, or a step that makes a parameter so, unless a callback ends
/// the training for that (see TerminateOnNaN); ShapeError for a loss that is not one number; FileError for a
/// checkpoint that does not fit model, optimizer and callbacks; GradientError, on the first two steps, if a
/// parameter that the loss depends on is missing from the model's visit(). (What the loss itself makes in a
/// call is no parameter: it may be differentiated by the data.)
template <class F, class S>
History fit(nn::Module& model, optim::Optimizer& optimizer, F&& loss_of_batch, S&& train,
            const FitOptions& options = {}) {
  using Data = std::remove_reference_t<S>;
  if constexpr (detail::check_fit<std::remove_reference_t<F>, Data>()) {
    const detail::AnyPhase all{
        "", &optimizer, {}, detail::LossOfBatch::of<detail::BatchOf<Data>>(loss_of_batch)};
    return detail::fit(model, {&all, 1}, Source(&train), options);
  } else {
    return {};  // an error of the compiler has been given
  }
}

/// The same with several optimizers: each batch is trained by all phases in turn, with so many steps as each
/// says. A phase's loss is taken while the parameters of the others are constants; penalties of regularisers
/// belong to the first phase that trains what they are about. The history's loss and val_loss are those of
/// the first phase, those of another stand beside them as "critic_loss" and "val_critic_loss"; a checkpoint
/// has its optimizer as "optimizer_critic". All else is as above.
///
/// Throws also DataError for no phase, names that are no good or stand twice, one optimizer for two phases, a
/// phase that trains nothing, and a parameter, not frozen, that no phase trains.
template <class S>
History fit(nn::Module& model, const std::vector<Phase<detail::BatchOf<std::remove_reference_t<S>>>>& phases,
            S&& train, const FitOptions& options = {}) {
  return detail::fit(model, detail::any_phases(phases), Source(&train), options);
}

/// The mean of the loss, regularisers included, over all examples of epoch 0: in evaluation mode and without
/// recording by the model's parameters. The model's modes are afterwards as they were. Throws DataError if
/// there is no batch.
template <class F, class S>
[[nodiscard]] double evaluate(nn::Module& model, F&& loss_of_batch, S&& batches) {
  using Data = std::remove_reference_t<S>;
  if constexpr (detail::check_fit<std::remove_reference_t<F>, Data>()) {
    return detail::evaluate(model, detail::LossOfBatch::of<detail::BatchOf<Data>>(loss_of_batch),
                            Source(&batches));
  } else {
    return 0.0;
  }
}

}  // namespace hourglass::training
