#pragma once

#include <hourglass/nn/evaluating.h>
#include <hourglass/training/callbacks.h>

#include <initializer_list>
#include <string>
#include <vector>

/// How good predictions are: as functions of all of them, and as objects that take them batch by batch.
namespace hourglass::training::metrics {

/// A figure over any number of batches.
///
///     metrics::MeanAbsoluteError mae;
///     for (…) mae.update(predictions, targets);
///     mae.result();
class Metric {
 public:
  virtual ~Metric() = default;
  /// Its name in a history: "mae".
  [[nodiscard]] virtual std::string name() const = 0;
  /// Takes a batch of predictions and what they should be. Throws ShapeError, DTypeError or DataError if they
  /// do not fit, and has then taken nothing.
  virtual void update(const Tensor& predictions, const Tensor& targets) = 0;
  /// Over all since the last reset(). Throws DataError where it is not defined: without any example, say.
  [[nodiscard]] virtual double result() const = 0;
  virtual void reset() = 0;
};

/// What a model makes of a batch, and what it should be.
struct Outcome {
  Variable predictions;
  Tensor targets;
};

/// The metrics over the batches of epoch 0, by name; in evaluation mode and without recording. With
/// EpochFigures they stand in the history of every epoch, where callbacks can watch them:
///
///     metrics::AreaUnderROC auc;
///     const auto outcome = [&](const data::Batch& b) { return metrics::Outcome{model(b.x), b.y}; };
///     EpochFigures figures([&] { return metrics::figures(model, outcome, test, {&auc}, "val_"); });
///     fit(model, adam, loss, train, {.epochs = 7, .callbacks = {&figures}});
template <class F, BatchSource S>
[[nodiscard]] std::vector<Figure> figures(nn::Module& model, F&& outcome_of_batch, S&& batches,
                                          std::initializer_list<Metric*> metrics,
                                          const std::string& prefix = "") {
  const nn::Evaluating evaluating(model);
  for (Metric* const m : metrics) m->reset();
  for (const auto& batch : batches.epoch(0)) {
    const Outcome outcome = outcome_of_batch(batch);
    for (Metric* const m : metrics) m->update(outcome.predictions.value(), outcome.targets);
  }
  std::vector<Figure> out;
  for (const Metric* const m : metrics) out.emplace_back(prefix + m->name(), m->result());
  return out;
}

}  // namespace hourglass::training::metrics
