#pragma once

#include <hourglass/tensor/base/function.h>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace hourglass::optim {

/// α₀ · rate^⌊t / every⌋ (drops in steps).
struct StepDecay {
  double initial_learning_rate;
  std::int64_t every;
  double rate = 0.5;
  [[nodiscard]] double operator()(std::int64_t t) const;
};

/// α₀ · rate^(t / decay_steps); with staircase, of ⌊t / decay_steps⌋.
struct ExponentialDecay {
  double initial_learning_rate;
  std::int64_t decay_steps;
  double decay_rate;
  bool staircase = false;
  [[nodiscard]] double operator()(std::int64_t t) const;
};

/// α₀ ((1 − alpha) ½(1 + cos(π min(t, T) / T)) + alpha) with T = decay_steps (Loshchilov & Hutter 2017).
struct CosineDecay {
  double initial_learning_rate;
  std::int64_t decay_steps;
  double alpha = 0.0;
  [[nodiscard]] double operator()(std::int64_t t) const;
};

/// A learning rate as a pure function of the number of steps taken: a constant, or any callable int64_t ->
/// double.
class LearningRate {
 public:
  LearningRate(double constant);  // NOLINT(google-explicit-constructor)
  template <class F>
  requires(std::is_class_v<F>&& std::is_invocable_r_v<double, const F&, std::int64_t>)
      LearningRate(F schedule)  // NOLINT(google-explicit-constructor)
      : schedule_(std::move(schedule)) {}
  [[nodiscard]] double at(std::int64_t t) const { return schedule_ ? schedule_(t) : constant_; }

 private:
  double constant_ = 0.0;
  SharedFunction<double(std::int64_t)> schedule_;
};

/// Rises in a straight line from 0 to the other schedule's first value over `steps`, then follows it from its
/// start.
struct WarmUp {
  std::int64_t steps;
  LearningRate then;
  [[nodiscard]] double operator()(std::int64_t t) const;
};

/// Keras's ReduceLROnPlateau: after `patience` reports without an improvement by more than min_delta, the
/// rate times `factor`, not below min_learning_rate.
class ReduceOnPlateau {
 public:
  struct Options {
    double factor = 0.1;
    int patience = 10;
    double min_delta = 1e-4;
    double min_learning_rate = 0.0;
  };
  explicit ReduceOnPlateau(Options options);
  /// The rate after one more value of what is to become small.
  [[nodiscard]] double next(double value, double learning_rate);

  /// The best value so far, and the reports since.
  struct State {
    double best;
    int waited = 0;
  };
  [[nodiscard]] State state() const { return state_; }
  void set_state(State state) { state_ = state; }

 private:
  Options options_;
  State state_;
};

}  // namespace hourglass::optim
