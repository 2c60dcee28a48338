#include <hourglass/optim/adam.h>

#include <cmath>

namespace hourglass::optim {

Adam::Adam(const char* name, const AdamOptions& options, double weight_decay)
    : Optimizer(
          name, options,
          options.amsgrad ? std::vector<std::string>{"m", "v", "v_max"} : std::vector<std::string>{"m", "v"}),
      options_(options),
      weight_decay_(weight_decay) {
  expect_fraction(name, "beta_1", options.beta_1);
  expect_fraction(name, "beta_2", options.beta_2);
  expect_not_negative(name, "epsilon", options.epsilon);
  expect_not_negative(name, "weight_decay", weight_decay);
}

void Adam::begin_step(std::int64_t number) {
  const auto t = static_cast<double>(number);
  correct_m_ = 1.0 - std::pow(options_.beta_1, t);
  correct_v_ = 1.0 - std::pow(options_.beta_2, t);
}

// The corrections of both moments become two factors, rate = α / (1 − β₁ᵗ) and root = 1 / √(1 −
// β₂ᵗ). 1 − β is taken in float64: in float32, 1 − 0.999 is wrong in the fifth digit.
template <class T>
bool Adam::formula(const Piece<T>& p, double alpha) const {
  const AdamOptions& o = options_;
  const T beta_1 = T(o.beta_1), rest_1 = T(1.0 - o.beta_1), beta_2 = T(o.beta_2), rest_2 = T(1.0 - o.beta_2),
          rate = T(alpha / correct_m_), root = T(1.0 / std::sqrt(correct_v_)), epsilon = T(o.epsilon),
          shrink = T(1.0 - alpha * weight_decay_);
  if (o.amsgrad) {
    return for_each_element(p, [=](T& w, T g, T& m, T& v, T& top) {
      m = beta_1 * m + rest_1 * g;
      v = beta_2 * v + rest_2 * g * g;
      top = top > v ? top : v;
      w = shrink * w - rate * m / (std::sqrt(top) * root + epsilon);
    });
  }
  return for_each_element(p, [=](T& w, T g, T& m, T& v) {
    m = beta_1 * m + rest_1 * g;
    v = beta_2 * v + rest_2 * g * g;
    w = shrink * w - rate * m / (std::sqrt(v) * root + epsilon);
  });
}

bool Adam::update(const Piece<float>& p, double rate) const { return formula(p, rate); }
bool Adam::update(const Piece<double>& p, double rate) const { return formula(p, rate); }

}  // namespace hourglass::optim
