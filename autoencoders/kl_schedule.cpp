#include <hourglass/autoencoders/kl_schedule.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>
#include <cmath>

namespace hourglass::autoencoders {

namespace {

void check(const char* kind, double beta, const KLSchedule& s) {
  if (!(beta >= 0.0)) throw DataError("{}: beta must not be negative, got {}; 1 gives the ELBO", kind, beta);
  if (s.steps < 0 || s.cycles < 1 || s.cycles > std::max<std::int64_t>(1, s.steps))
    throw DataError("{}: cannot rise {} times in {} steps; give .cycles from 1 to .steps", kind, s.cycles,
                    s.steps);
  if (!(s.rise > 0.0 && s.rise <= 1.0))
    throw DataError("{}: .rise must be in (0, 1], got {}; it is a part of a cycle, 0.5 is usual", kind,
                    s.rise);
  if (!(s.free_bits >= 0.0 && s.capacity >= 0.0) || (s.free_bits > 0.0 && s.capacity > 0.0))
    throw DataError("{}: of .free_bits {} and .capacity {} one may be positive, none negative; 0 is without",
                    kind, s.free_bits, s.capacity);
}

// ½ (μ² + σ² − 1 − log σ²) of each number, the mean over the examples.    -> (L,)
Variable kl_of_numbers(const Variable& mean, const Variable& log_variance) {
  const Variable l = clip(log_variance, nn::kLeastLogVariance, nn::kMostLogVariance);
  return hourglass::mean(square(mean) + (expm1(l) - l), 0) * 0.5;
}

}  // namespace

void expect_weight_alone(const char* kind, const KLSchedule& s) {
  if (s.free_bits != 0.0 || s.capacity != 0.0)
    throw DataError(
        "{}: of a schedule takes steps, cycles and rise, not free bits {} or a capacity of {}; leave them "
        "out",
        kind, s.free_bits, s.capacity);
}

double share_at(const KLSchedule& s, std::int64_t step) {
  if (step >= s.steps) return 1.0;
  const double turns =
      static_cast<double>(step) * static_cast<double>(s.cycles) / static_cast<double>(s.steps);
  return std::min(1.0, (turns - std::floor(turns)) / s.rise);
}

KLTerm::KLTerm(const char* kind, double beta, const KLSchedule& schedule)
    : beta_(beta), schedule_(schedule), step_(zeros({}, int64)) {
  check(kind, beta, schedule);
}

double KLTerm::share() const { return share_at(schedule_, static_cast<std::int64_t>(step_.item())); }

double KLTerm::next_share(bool training) {
  if (!training || schedule_.steps == 0) return 1.0;
  const double now = share();
  step_ = step_ + 1.0;
  return now;
}

double KLTerm::next_weight(bool training) { return beta_ * next_share(training); }

void KLTerm::add_to(Loss& loss, const Variable& mean, const Variable& log_variance, bool training) {
  const double now = next_share(training);
  const Variable kl = nn::kl_to_standard_normal(mean, log_variance);
  if (schedule_.capacity > 0.0) {
    loss.add("kl", kl, 0.0);
    loss.add("capacity", abs(kl - schedule_.capacity * now), beta_);
  } else {
    loss.add("kl", kl, beta_ * now);
    if (schedule_.free_bits > 0.0)
      loss.add("free_bits", sum(relu(schedule_.free_bits - kl_of_numbers(mean, log_variance))), beta_ * now);
  }
}

}  // namespace hourglass::autoencoders
