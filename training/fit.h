#pragma once

#include <hourglass/data/batches.h>
#include <hourglass/nn/module.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/training/history.h>

#include <type_traits>
#include <vector>

namespace hourglass::training {

/// What callbacks see and may change.
struct TrainingState {
  nn::Module& model;
  optim::Optimizer& optimizer;
  History& history;         // the epoch that has just ended stands last
  bool stop = false;        // set it to end the training after this batch or epoch
  std::int64_t epoch = 0;   // from 1
  std::int64_t epochs = 0;  // the last that is planned
};

/// What happens beside the steps themselves: early stopping, saving, figures of one's own. Derive, override,
/// and name it in FitOptions::callbacks. A figure put into state.history.epochs.back().extra at the end of an
/// epoch is shown and kept.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(TrainingState& /*state*/) {}
  virtual void on_epoch_begin(TrainingState& /*state*/) {}
  /// `batch` counts from 1 in each epoch.
  virtual void on_batch_end(TrainingState& /*state*/, std::int64_t /*batch*/, double /*loss*/) {}
  virtual void on_epoch_end(TrainingState& /*state*/) {}
  virtual void on_train_end(TrainingState& /*state*/) {}
};

enum class Verbose : std::uint8_t {
  automatic,  // a progress bar on a terminal, else one line an epoch
  silent,
};

struct FitOptions {
  std::int64_t epochs = 1;                    // the number of the last epoch, initial_epoch included
  const data::Batches* validation = nullptr;  // its loss is taken after each epoch, in evaluation mode
  std::vector<Callback*> callbacks{};
  Verbose verbose = Verbose::automatic;
  std::int64_t initial_epoch =
      0;  // epochs that an earlier run has done: counting and shuffling go on after them
};

namespace detail {
/// A callable Variable(const data::Batch&), held by reference for the time of a call.
class LossOfBatch {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_const_t<F>, LossOfBatch>) explicit LossOfBatch(F& f)
      : object_(const_cast<void*>(static_cast<const void*>(&f))),
        call_([](void* object, const data::Batch& batch) -> Variable {
          return (*static_cast<F*>(object))(batch);
        }) {}
  Variable operator()(const data::Batch& batch) const { return call_(object_, batch); }

 private:
  void* object_;
  Variable (*call_)(void*, const data::Batch&);
};
[[nodiscard]] History fit(nn::Module& model, optim::Optimizer& optimizer, LossOfBatch loss_of_batch,
                          const data::Batches& train, const FitOptions& options);
[[nodiscard]] double evaluate(nn::Module& model, LossOfBatch loss_of_batch, const data::Batches& batches);
}  // namespace detail

/// Trains a module: for each batch of each epoch loss_of_batch(batch), plus the model's regularisers, forward
/// and backward, and one step of the optimizer. Whatever gives a scalar loss for a batch can be trained,
/// autoencoder or not:
///
///     fit(model, adam, [&](const data::Batch& b) { return nn::mean_squared_error(model(b.x), b.x); }, train,
///     {.epochs = 7});
///
/// Prints progress as Keras does. The model is left in training mode. Throws DataError for options out of
/// range, data without a batch, or a loss that becomes nan or infinite; ShapeError for a loss that is not one
/// number; GradientError, on the first step, if a parameter that the loss depends on is missing from the
/// model's visit().
template <class F>
History fit(nn::Module& model, optim::Optimizer& optimizer, F&& loss_of_batch, const data::Batches& train,
            const FitOptions& options = {}) {
  return detail::fit(model, optimizer, detail::LossOfBatch(loss_of_batch), train, options);
}

/// The mean of the loss, regularisers included, over all examples: in evaluation mode and without recording.
/// The model's modes are afterwards as they were. Throws DataError if there is no batch.
template <class F>
[[nodiscard]] double evaluate(nn::Module& model, F&& loss_of_batch, const data::Batches& batches) {
  return detail::evaluate(model, detail::LossOfBatch(loss_of_batch), batches);
}

}  // namespace hourglass::training
