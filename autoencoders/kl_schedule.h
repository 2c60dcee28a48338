#pragma once

// How much the KL term of a variational kind counts as training goes on. With the share s(t) of step t,
//
//     β s(t) Σ_j max(λ, KL_j)         or, with a capacity C,         β |KL − C s(t)|.
//
// A weight that rises from 0 lets the decoder learn to use the code before it costs anything (Bowman et al.
// 2016; in several cycles: Fu et al. 2019). λ nats of each number of the code are free (Kingma et al. 2016,
// eq. 15). A capacity that rises lets one number after the other come into use (Burgess et al. 2018, eq. 8).

#include <hourglass/autoencoders/autoencoder.h>

namespace hourglass::autoencoders {

struct KLSchedule {
  std::int64_t steps = 0;   // T: the share rises over so many training steps; 0: it is 1 from the start
  std::int64_t cycles = 1;  // M: so many times in them, each time from 0
  double rise = 1.0;        // R: over this part of a cycle; then it stays 1 until the cycle's end
  double free_bits = 0.0;   // λ, in nats, of the mean over the batch
  double capacity = 0.0;    // C, in nats; 0: none, it is the weight that rises
};
template <class V>
void visit(KLSchedule& o, V&& v) {
  v("steps", o.steps), v("cycles", o.cycles), v("rise", o.rise), v("free_bits", o.free_bits),
      v("capacity", o.capacity);
}

/// Throws DataError, which begins with the kind's name, for a schedule with free bits or a capacity.
void expect_weight_alone(const char* kind, const KLSchedule& schedule);

/// s(t) = min(1, ((t M / T) mod 1) / R), and 1 from t = T on.
[[nodiscard]] double share_at(const KLSchedule& schedule, std::int64_t step);

/// The KL term of a kind, and how many training steps it has seen, which is part of the model's state.
class KLTerm {
 public:
  /// Throws DataError, which begins with the kind's name, for a negative β or a schedule out of range.
  KLTerm(const char* kind, double beta, const KLSchedule& schedule);

  /// Adds to the loss "kl", KL(N(μ, σ²) ‖ N(0, 1)) in nats per example, and what the schedule makes of it:
  /// "free_bits", Σ_j max(0, λ − KL_j), or "capacity", |KL − C|, beside which "kl" has weight 0. In training
  /// mode this counts as a step; in evaluation the share is 1, so that losses can be compared.
  void add_to(Loss& loss, const Variable& mean, const Variable& log_variance, bool training);

  /// β s(t) for a kind whose KL term is another; in training mode this counts as a step, in evaluation s = 1.
  [[nodiscard]] double next_weight(bool training);

  /// s(t) of the next step.
  [[nodiscard]] double share() const;
  void visit(nn::Visitor& v) {
    if (schedule_.steps > 0) v("kl_step", step_);
  }

 private:
  [[nodiscard]] double next_share(bool training);

  double beta_;
  KLSchedule schedule_;
  Tensor step_;  // () int64
};

}  // namespace hourglass::autoencoders
