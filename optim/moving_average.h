#pragma once

#include <hourglass/optim/slots.h>

namespace hourglass::optim {

struct MovingAverageOptions {
  double momentum = 0.999;  // β
};

/// An exponential moving average of a model's weights, which often does better on new data than the last
/// weights (Polyak & Juditsky 1992):  a ← w at first, then  a ← a + (1 − β)(w − a).
///
///     adam.minimize(loss, p);
///     average.update(p);             // after each step
///     …
///     average.swap(p);               // the model computes with the averages
///     evaluate(model, …);
///     average.swap(p);               // and has its own weights again, bit for bit
///
/// It keeps no list of parameters, as optimizers do not: what is kept goes by name. Parameters only: what a
/// BatchNormalization has gathered is a moving average already.
class ExponentialMovingAverage {
 public:
  /// Throws DataError unless the momentum is in [0, 1).
  explicit ExponentialMovingAverage(MovingAverageOptions options = {});

  /// Throws DataError while the averages are swapped in, or if a name stands for another parameter than
  /// before; ShapeError if a parameter has another form.
  void update(std::span<const NamedParameter> parameters);
  /// Exchanges weights and averages; nothing is copied or rounded. Throws DataError, and changes nothing, for
  /// a parameter that was never averaged.
  void swap(std::span<const NamedParameter> parameters);  // NOLINT(bugprone-exception-escape): throws
  [[nodiscard]] bool is_swapped() const { return swapped_; }

  /// "updates" and "<parameter>.average", for checkpoints. Throws DataError while the averages are swapped
  /// in.
  [[nodiscard]] std::vector<NamedTensor> state() const;
  /// Throws DataError, and changes nothing, if the state is not one of a moving average.
  void set_state(std::span<const NamedTensor> state);

 private:
  MovingAverageOptions options_;
  Slots averages_{{"average"}};
  std::int64_t updates_ = 0;
  bool swapped_ = false;
};

/// While it lives, the parameters have their averages as values. Where a parameter has taken another form by
/// its end, all values stay as they are then.
class WithAverages {
 public:
  WithAverages(ExponentialMovingAverage& average, std::vector<NamedParameter> parameters)
      : average_(average), parameters_(std::move(parameters)) {
    average_.swap(parameters_);
  }
  ~WithAverages();
  WithAverages(const WithAverages&) = delete;
  WithAverages& operator=(const WithAverages&) = delete;

 private:
  ExponentialMovingAverage& average_;
  std::vector<NamedParameter> parameters_;
};

}  // namespace hourglass::optim
