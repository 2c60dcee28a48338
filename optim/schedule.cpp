#include <hourglass/optim/schedule.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace hourglass::optim {

namespace {

void expect_steps(const char* schedule, std::int64_t steps) {
  if (steps < 1)
    throw DataError("{}: needs at least one step, got {}; steps are batches, not epochs", schedule, steps);
}

}  // namespace

double StepDecay::operator()(std::int64_t t) const {
  expect_steps("StepDecay", every);
  const std::int64_t decays = t / every;
  return initial_learning_rate * std::pow(rate, static_cast<double>(decays));
}

double ExponentialDecay::operator()(std::int64_t t) const {
  expect_steps("ExponentialDecay", decay_steps);
  const double periods = static_cast<double>(t) / static_cast<double>(decay_steps);
  return initial_learning_rate * std::pow(decay_rate, staircase ? std::floor(periods) : periods);
}

double CosineDecay::operator()(std::int64_t t) const {
  expect_steps("CosineDecay", decay_steps);
  const double part = static_cast<double>(std::min(t, decay_steps)) / static_cast<double>(decay_steps);
  const double cosine = 0.5 * (1.0 + std::cos(std::numbers::pi * part));
  return initial_learning_rate * ((1.0 - alpha) * cosine + alpha);
}

LearningRate::LearningRate(double constant) : constant_(constant) {
  if (!(constant >= 0.0) || !std::isfinite(constant)) {
    throw DataError("learning_rate: must be finite and not negative, got {}; 1e-3 is usual", constant);
  }
}

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

void expect_given(const char* schedule, const char* field, double value) {
  if (std::isnan(value))
    throw DataError("learning_rate: {} needs {}; give \"learning_rate.{}\"", schedule, field, field);
}

// The fields of a schedule; those without a default are missing until they are given.
void visit_fields(StepDecay& s, OptionsVisitor& v) {
  v("initial_learning_rate", s.initial_learning_rate), v("every", s.every), v("rate", s.rate);
  expect_given("StepDecay", "initial_learning_rate", s.initial_learning_rate);
}
void visit_fields(ExponentialDecay& s, OptionsVisitor& v) {
  v("initial_learning_rate", s.initial_learning_rate), v("decay_steps", s.decay_steps);
  v("decay_rate", s.decay_rate), v("staircase", s.staircase);
  expect_given("ExponentialDecay", "initial_learning_rate", s.initial_learning_rate);
  expect_given("ExponentialDecay", "decay_rate", s.decay_rate);
}
void visit_fields(CosineDecay& s, OptionsVisitor& v) {
  v("initial_learning_rate", s.initial_learning_rate), v("decay_steps", s.decay_steps), v("alpha", s.alpha);
  expect_given("CosineDecay", "initial_learning_rate", s.initial_learning_rate);
}
void visit_fields(WarmUp& s, OptionsVisitor& v) { v("steps", s.steps), v("then", s.then); }

template <class F>
LearningRate visited(F schedule, OptionsVisitor& v) {
  visit_fields(schedule, v);
  LearningRate rate(schedule);
  static_cast<void>(LearningRate(rate.at(0)));  // throws what a step would
  return rate;
}

}  // namespace

void visit(LearningRate& rate, OptionsVisitor& v) {
  Schedule kind = rate.kind_;
  v("schedule", kind);
  switch (kind) {
    case Schedule::constant: {
      double value = kind == rate.kind_ ? rate.constant_ : kMissing;
      v("value", value);
      expect_given("constant", "value", value);
      rate = LearningRate(value);
      return;
    }
    case Schedule::step_decay:
      rate = visited(rate.as(StepDecay{kMissing, 0}), v);
      return;
    case Schedule::exponential_decay:
      rate = visited(rate.as(ExponentialDecay{kMissing, 0, kMissing}), v);
      return;
    case Schedule::cosine_decay:
      rate = visited(rate.as(CosineDecay{kMissing, 0}), v);
      return;
    case Schedule::warm_up:
      rate = visited(rate.as(WarmUp{0, rate}), v);
      return;
    case Schedule::custom:
      if (rate.kind_ == kind) return;
      throw DataError(
          "learning_rate: it was a function of one's own, of which a file has nothing but that; make the "
          "optimizer with the function and give it the state, set_state");
  }
}

double WarmUp::operator()(std::int64_t t) const {
  expect_steps("WarmUp", steps);
  if (t >= steps) return then.at(t - steps);
  return then.at(0) * static_cast<double>(t) / static_cast<double>(steps);
}

ReduceOnPlateau::ReduceOnPlateau(Options options)
    : options_(options), state_{std::numeric_limits<double>::infinity()} {
  if (!(options.factor > 0.0 && options.factor < 1.0))
    throw DataError(
        "ReduceOnPlateau: factor must be in (0, 1), got {}; the rate is multiplied by it, 0.1 is usual",
        options.factor);
  if (options.patience < 1)
    throw DataError(
        "ReduceOnPlateau: patience must be at least 1, got {}; it counts epochs without an improvement",
        options.patience);
}

double ReduceOnPlateau::next(double value, double learning_rate) {
  if (value < state_.best - options_.min_delta) {
    state_ = {value, 0};
    return learning_rate;
  }
  if (++state_.waited < options_.patience) return learning_rate;
  state_.waited = 0;
  return std::max(learning_rate * options_.factor, options_.min_learning_rate);
}

}  // namespace hourglass::optim
