#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/elementwise.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/nn/check.h>
#include <hourglass/tensor/error.h>
#include <hourglass/training/fit.h>
#include <hourglass/training/progress.h>

#include <chrono>
#include <cmath>

namespace hourglass::training::detail {

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Evaluation mode for a while; afterwards each module is in the mode it was in.
class Evaluating {
 public:
  explicit Evaluating(nn::Module& model) {
    for (const nn::NamedModule& m : nn::modules(model))
      before_.emplace_back(m.module, m.module->is_training());
    model.eval();
  }
  ~Evaluating() {
    for (auto entry = before_.rbegin(); entry != before_.rend(); ++entry) entry->first->train(entry->second);
  }
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;

 private:
  std::vector<std::pair<nn::Module*, bool>> before_;
};

void check(const FitOptions& options, const data::Batches& train) {
  if (options.epochs < 0) throw DataError("fit: epochs must not be negative, got {}", options.epochs);
  if (options.initial_epoch < 0)
    throw DataError("fit: initial_epoch must not be negative, got {}", options.initial_epoch);
  if (train.batch_count() == 0)
    throw DataError("fit: the training data give no batch ({} examples, batches of {})", train.size(),
                    train.options().batch_size);
  if (options.validation && options.validation->batch_count() == 0)
    throw DataError("fit: the validation data give no batch");
}

Variable forward(nn::Module& model, LossOfBatch loss_of_batch, const data::Batch& batch) {
  Variable loss = loss_of_batch(batch);
  if (loss.size() != 1)
    throw ShapeError("fit: the loss of a batch must be one number, got shape {}; reduce it with mean or sum",
                     loss.shape());
  if (const auto penalty = nn::regularization_loss(model)) loss = loss + *penalty;
  return loss;
}

// One batch: forward, backward, step. Returns the loss.
double train_batch(nn::Module& model, optim::Optimizer& optimizer, LossOfBatch loss_of_batch,
                   const data::Batch& batch, bool first) {
  const Trace trace(first ? Tracing::layers : tracing());
  const Variable loss = forward(model, loss_of_batch, batch);
  const double value = loss.item();
  if (!std::isfinite(value)) {
    throw DataError(
        "fit: the loss became {} at step {}; try a lower learning rate (now {}), scale the data, or find the "
        "op that made it "
        "with hg::Trace",
        value, optimizer.iterations() + 1, optimizer.learning_rate());
  }
  if (first) nn::check_parameters_listed(loss, model);
  backward(loss);
  optimizer.step(nn::parameters(model));
  return value;
}

}  // namespace

double evaluate(nn::Module& model, LossOfBatch loss_of_batch, const data::Batches& batches) {
  const Evaluating evaluating(model);
  const NoGrad no_grad;
  double sum = 0.0, examples = 0.0;
  for (const data::Batch& batch : batches.epoch()) {
    const auto n = static_cast<double>(batch.x.shape(0));
    sum += n * forward(model, loss_of_batch, batch).item();
    examples += n;
  }
  return sum / examples;
}

History fit(nn::Module& model, optim::Optimizer& optimizer, LossOfBatch loss_of_batch,
            const data::Batches& train, const FitOptions& options) {
  check(options, train);
  model.train();
  History history;
  TrainingState state{model, optimizer, history};
  const auto tell = [&](auto event) {
    for (Callback* callback : options.callbacks) event(*callback);
  };
  tell([&](Callback& c) { c.on_train_begin(state); });
  bool first = true;
  for (std::int64_t epoch = options.initial_epoch;
       epoch < options.initial_epoch + options.epochs && !state.stop; ++epoch) {
    Progress progress(options.verbose != Verbose::silent, epoch + 1, options.initial_epoch + options.epochs,
                      train.batch_count());
    const double start = now();
    double sum = 0.0, examples = 0.0;
    std::int64_t index = 0;
    for (const data::Batch& batch : train.epoch(epoch)) {
      const double loss = train_batch(model, optimizer, loss_of_batch, batch, first);
      first = false;
      const auto n = static_cast<double>(batch.x.shape(0));
      sum += n * loss;
      examples += n;
      progress.batch(++index, sum / examples);
      tell([&](Callback& c) { c.on_batch_end(state, index, loss); });
      if (state.stop) break;
    }
    history.epochs.push_back({.epoch = epoch + 1, .loss = sum / examples, .seconds = now() - start});
    if (options.validation)
      history.epochs.back().val_loss = evaluate(model, loss_of_batch, *options.validation);
    tell([&](Callback& c) { c.on_epoch_end(state); });
    progress.end(history.epochs.back());
  }
  tell([&](Callback& c) { c.on_train_end(state); });
  return history;
}

}  // namespace hourglass::training::detail
