#pragma once

#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/base/options.h>

#include <array>
#include <cstdint>
#include <memory>
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

struct WarmUp;

/// What a learning rate follows, by Keras's names where it has them; custom for a function of one's own.
enum class Schedule : std::uint8_t { constant, step_decay, exponential_decay, cosine_decay, warm_up, custom };
constexpr auto enum_names(Schedule /*of*/) {
  return std::to_array<const char*>(
      {"constant", "StepDecay", "ExponentialDecay", "CosineDecay", "WarmUp", "custom"});
}

/// A learning rate as a pure function of the number of steps taken: a constant, or any callable int64_t ->
/// double.
class LearningRate {
 public:
  LearningRate(double constant);  // NOLINT(google-explicit-constructor)
  template <class F>
  requires(std::is_class_v<F>&& std::is_invocable_r_v<double, const F&, std::int64_t>)
      LearningRate(F schedule)  // NOLINT(google-explicit-constructor)
      : kind_(kind_of<F>()) {
    const auto shared = std::make_shared<const F>(std::move(schedule));
    function_ = [shared](std::int64_t t) { return static_cast<double>((*shared)(t)); };
    schedule_ = shared;
  }
  [[nodiscard]] double at(std::int64_t t) const { return function_ ? function_(t) : constant_; }
  [[nodiscard]] Schedule schedule() const { return kind_; }

  /// "schedule", and the fields of that one, "value" for a constant. A function of one's own is written as
  /// "custom"; what reads that throws DataError, as for fields that are missing.
  friend void visit(LearningRate& rate, OptionsVisitor& v);

 private:
  template <class F>
  static constexpr Schedule kind_of() {
    if constexpr (std::is_same_v<F, StepDecay>) return Schedule::step_decay;
    if constexpr (std::is_same_v<F, ExponentialDecay>) return Schedule::exponential_decay;
    if constexpr (std::is_same_v<F, CosineDecay>) return Schedule::cosine_decay;
    if constexpr (std::is_same_v<F, WarmUp>) return Schedule::warm_up;
    return Schedule::custom;
  }
  template <class F>
  [[nodiscard]] F as(F otherwise) const {
    return kind_ == kind_of<F>() ? *static_cast<const F*>(schedule_.get()) : otherwise;
  }

  Schedule kind_ = Schedule::constant;
  double constant_ = 0.0;
  SharedFunction<double(std::int64_t)> function_;
  std::shared_ptr<const void> schedule_;
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
