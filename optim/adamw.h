#pragma once

#include <hourglass/optim/adam.h>

namespace hourglass::optim {

struct AdamWOptions {
  LearningRate learning_rate = 0.001;
  double weight_decay = 0.004;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  Clipping clipping{};
  std::vector<LearningRateMultiplier> learning_rate_multipliers{};
  std::int64_t gradient_accumulation_steps = 1;
};
template <class V>
void visit(AdamWOptions& o, V&& v) {
  v("learning_rate", o.learning_rate), v("weight_decay", o.weight_decay), v("beta_1", o.beta_1),
      v("beta_2", o.beta_2), v("epsilon", o.epsilon), v("amsgrad", o.amsgrad);
  internal::visit_common(o, v);
}

/// As Adam, after  w ← w − α λ w  with the weight decay λ, which g does not see (Loshchilov & Hutter 2019).
class AdamW final : public Adam {
 public:
  explicit AdamW(const AdamWOptions& o = {})
      : Adam("AdamW",
             {o.learning_rate, o.beta_1, o.beta_2, o.epsilon, o.amsgrad, o.clipping,
              o.learning_rate_multipliers, o.gradient_accumulation_steps},
             o.weight_decay) {}
  [[nodiscard]] AdamWOptions options() const {
    const AdamOptions& o = Adam::options();
    return {o.learning_rate,
            weight_decay(),
            o.beta_1,
            o.beta_2,
            o.epsilon,
            o.amsgrad,
            o.clipping,
            o.learning_rate_multipliers,
            o.gradient_accumulation_steps};
  }
};

}  // namespace hourglass::optim
