#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/nn/check.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/clock.h>
#include <hourglass/training/fit.h>
#include <hourglass/training/progress.h>

#include <cmath>

namespace hourglass::training::detail {

namespace {

void expect_batches(const char* op, const char* which, const data::Batches& batches) {
  if (batches.batch_count() > 0) return;
  throw DataError("{}: the {} data give no batch: {} examples in batches of {}{}", op, which, batches.size(),
                  batches.options().batch_size, batches.options().drop_last ? ", the short one dropped" : "");
}

void check(const FitOptions& options, const data::Batches& train) {
  if (options.epochs < 0) throw DataError("fit: epochs must not be negative, got {}", options.epochs);
  if (options.initial_epoch < 0) {
    throw DataError("fit: initial_epoch must not be negative, got {}", options.initial_epoch);
  }
  for (const Callback* callback : options.callbacks) {
    if (!callback) throw DataError("fit: callbacks must not hold a null pointer");
  }
  expect_batches("fit", "training", train);
  if (options.validation) expect_batches("fit", "validation", *options.validation);
}

// The loss of a batch and, added to it, the penalties of the model's regularisers.
Variable total_loss(nn::Module& model, LossOfBatch loss_of_batch, const data::Batch& batch) {
  Variable loss = loss_of_batch(batch);
  if (loss.size() != 1) {
    throw ShapeError("fit: the loss of a batch must be one number, got shape {}; reduce it with mean or sum",
                     loss.shape());
  }
  if (const auto penalty = nn::regularization_loss(model)) loss = loss + *penalty;
  return loss;
}

// A mean over examples, from means over batches.
class Mean {
 public:
  void add(const data::Batch& batch, double mean) {
    const auto n = static_cast<double>(batch.x.shape(0));
    sum_ += n * mean;
    examples_ += n;
  }
  [[nodiscard]] double value() const { return sum_ / examples_; }

 private:
  double sum_ = 0.0, examples_ = 0.0;
};

// One run of fit().
class Run {
 public:
  Run(nn::Module& model, optim::Optimizer& optimizer, LossOfBatch loss_of_batch, const FitOptions& options)
      : loss_of_batch_(loss_of_batch), options_(options), state_{model, optimizer, history_} {
    state_.epochs = options.epochs;
  }

  History train(const data::Batches& train) {
    state_.model.train();
    tell([&](Callback& c) { c.on_train_begin(state_); });
    for (std::int64_t epoch = options_.initial_epoch; epoch < options_.epochs && !state_.stop; ++epoch) {
      state_.epoch = epoch + 1;
      train_epoch(train);
    }
    tell([&](Callback& c) { c.on_train_end(state_); });
    return std::move(history_);
  }

 private:
  template <class Event>
  void tell(Event event) {
    for (Callback* callback : options_.callbacks) event(*callback);
  }

  void train_epoch(const data::Batches& train) {
    Progress progress(options_.verbose != Verbose::silent, state_.epoch, options_.epochs,
                      train.batch_count());
    tell([&](Callback& c) { c.on_epoch_begin(state_); });
    const double start = now();
    Mean mean;
    std::int64_t done = 0;
    for (const data::Batch& batch : train.epoch(state_.epoch - 1)) {
      const double loss = train_batch(batch, ++done);
      mean.add(batch, loss);
      progress.batch(done, mean.value());
      tell([&](Callback& c) { c.on_batch_end(state_, done, loss); });
      if (state_.stop) break;
    }
    history_.epochs.push_back({.epoch = state_.epoch, .loss = mean.value(), .seconds = now() - start});
    if (options_.validation) {
      history_.epochs.back().val_loss = detail::evaluate(state_.model, loss_of_batch_, *options_.validation);
    }
    tell([&](Callback& c) { c.on_epoch_end(state_); });
    progress.end(done, history_.epochs.back());
  }

  // Forward, backward, step. Returns the loss before the step.
  double train_batch(const data::Batch& batch, std::int64_t number) {
    const Trace trace(first_ && tracing() == Tracing::off ? Tracing::layers : tracing());
    const Variable loss = total_loss(state_.model, loss_of_batch_, batch);
    const double value = loss.item();
    if (!std::isfinite(value)) {
      throw DataError(
          "fit: the loss became {} in epoch {}, batch {}; try a lower learning rate than {}, look at the "
          "data's "
          "range, or keep an hg::Trace alive around fit(): it names the op and the layer that made it",
          value, state_.epoch, number, state_.optimizer.learning_rate());
    }
    if (first_) nn::check_parameters_listed(loss, state_.model);
    first_ = false;
    state_.optimizer.minimize(loss, nn::parameters(state_.model));
    return value;
  }

  LossOfBatch loss_of_batch_;
  const FitOptions& options_;
  History history_;
  TrainingState state_;
  bool first_ = true;
};

}  // namespace

double evaluate(nn::Module& model, LossOfBatch loss_of_batch, const data::Batches& batches) {
  expect_batches("evaluate", "given", batches);
  const nn::Evaluating evaluating(model);
  Mean mean;
  for (const data::Batch& batch : batches.epoch())
    mean.add(batch, total_loss(model, loss_of_batch, batch).item());
  return mean.value();
}

History fit(nn::Module& model, optim::Optimizer& optimizer, LossOfBatch loss_of_batch,
            const data::Batches& train, const FitOptions& options) {
  check(options, train);
  return Run(model, optimizer, loss_of_batch, options).train(train);
}

}  // namespace hourglass::training::detail
