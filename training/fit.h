#pragma once

#include <hourglass/data/batches.h>
#include <hourglass/nn/module.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/training/history.h>

#include <memory>

namespace hourglass::training {

/// What callbacks see and may change.
struct TrainingState {
  nn::Module& model;
  optim::Optimizer& optimizer;
  History& history;   // the epoch that has just ended stands last
  bool stop = false;  // set to end the training after this batch or epoch
};

/// Called at the ends of batches and epochs.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(TrainingState& /*state*/) {}
  virtual void on_batch_end(TrainingState& /*state*/, std::int64_t /*batch*/, double /*loss*/) {}
  virtual void on_epoch_end(TrainingState& /*state*/) {}
  virtual void on_train_end(TrainingState& /*state*/) {}
};

enum class Verbose : std::uint8_t {
  automatic,  // a progress bar on a terminal, else one line an epoch
  silent,
};

struct FitOptions {
  std::int64_t epochs = 1;
  const data::Batches* validation = nullptr;  // its loss is taken after each epoch, in evaluation mode
  std::vector<Callback*> callbacks{};
  Verbose verbose = Verbose::automatic;
  std::int64_t initial_epoch = 0;  // epochs that an earlier run has done: shuffling goes on after them
};

namespace detail {
/// A callable Variable(const Batch&), held by reference for the time of a call.
class LossOfBatch {
 public:
  template <class F>
  explicit LossOfBatch(F& f)
      : object_(const_cast<void*>(static_cast<const void*>(&f))),
        call_([](void* object, const data::Batch& batch) -> Variable {
          return (*static_cast<F*>(object))(batch);
        }) {}
  Variable operator()(const data::Batch& batch) const { return call_(object_, batch); }

 private:
  void* object_;
  Variable (*call_)(void*, const data::Batch&);
};
[[nodiscard]] History fit(nn::Module& model, optim::Optimizer& optimizer, LossOfBatch loss,
                          const data::Batches& train, const FitOptions& options);
[[nodiscard]] double evaluate(nn::Module& model, LossOfBatch loss, const data::Batches& batches);
}  // namespace detail

/// Trains a module: for each batch of each epoch, loss_of_batch(batch) forward (plus the model's
/// regularisers) and backward, and one step of the optimizer. Whatever gives a scalar loss for a batch can be
/// trained, autoencoder or not:
///
///     fit(model, adam, [&](const data::Batch& b) { return nn::mean_squared_error(model(b.x), b.x); }, train,
///     {.epochs = 7});
///
/// Prints progress as Keras does. Throws DataError if there is nothing to train on, GradientError on the
/// first step if a parameter is missing from the model's visit(), DataError if the loss becomes nan or
/// infinite.
template <class F>
History fit(nn::Module& model, optim::Optimizer& optimizer, F&& loss_of_batch, const data::Batches& train,
            const FitOptions& options = {}) {
  return detail::fit(model, optimizer, detail::LossOfBatch(loss_of_batch), train, options);
}

/// The mean of the loss over all examples, in evaluation mode and without recording.
template <class F>
double evaluate(nn::Module& model, F&& loss_of_batch, const data::Batches& batches) {
  return detail::evaluate(model, detail::LossOfBatch(loss_of_batch), batches);
}

}  // namespace hourglass::training
