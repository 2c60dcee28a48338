#include <hourglass/optim/optimizers.h>
#include <hourglass/tensor/base/error.h>

#include <cmath>

namespace hourglass::optim {

namespace {

void expect_fraction(const char* optimizer, const char* field, double value) {
  if (!(value >= 0.0 && value < 1.0))
    throw DataError("{}: {} must be in [0, 1), got {}", optimizer, field, value);
}

void expect_not_negative(const char* optimizer, const char* field, double value) {
  if (!(value >= 0.0)) throw DataError("{}: {} must not be negative, got {}", optimizer, field, value);
}

// The formulas, an element at a time. Constants come in the parameters' type.

template <class T>
void sgd(const Piece<T>& p, const SGDOptions& o, double alpha) {
  const T rate = T(alpha), momentum = T(o.momentum), of_gradient = T(o.nesterov ? 1.0 : 0.0),
          of_velocity = T(o.nesterov ? o.momentum : 1.0);
  if (o.momentum == 0.0) return for_each_element(p, [=](T& w, T g) { w -= rate * g; });
  for_each_element(p, [=](T& w, T g, T& v) {
    v = momentum * v + g;
    w -= rate * (of_gradient * g + of_velocity * v);
  });
}

template <class T>
void rmsprop(const Piece<T>& p, const RMSpropOptions& o, double alpha) {
  const T rate = T(alpha), rho = T(o.rho), momentum = T(o.momentum), epsilon = T(o.epsilon),
          centered = T(o.centered ? 1.0 : 0.0);
  for_each_element(p, [=](T& w, T g, T& v, T& b, T& m) {
    v = rho * v + (1 - rho) * g * g;
    m = centered * (rho * m + (1 - rho) * g);
    b = momentum * b + g / (std::sqrt(v - m * m) + epsilon);
    w -= rate * b;
  });
}

template <class T>
void adagrad(const Piece<T>& p, const AdagradOptions& o, double alpha) {
  const T rate = T(alpha), epsilon = T(o.epsilon);
  for_each_element(p, [=](T& w, T g, T& s) {
    s += g * g;
    w -= rate * g / (std::sqrt(s) + epsilon);
  });
}

template <class T>
void adadelta(const Piece<T>& p, const AdadeltaOptions& o, double alpha) {
  const T rate = T(alpha), rho = T(o.rho), epsilon = T(o.epsilon);
  for_each_element(p, [=](T& w, T g, T& v, T& d) {
    v = rho * v + (1 - rho) * g * g;
    const T delta = g * std::sqrt(d + epsilon) / std::sqrt(v + epsilon);
    d = rho * d + (1 - rho) * delta * delta;
    w -= rate * delta;
  });
}

template <class Options>
AdamCorrections corrections(const Options& o, std::int64_t step) {
  const auto t = static_cast<double>(step);
  return {1.0 - std::pow(o.beta_1, t), 1.0 - std::pow(o.beta_2, t)};
}

// The corrections of both moments are folded into two factors, rate = α / (1 − β₁ᵗ) and root = 1 / √(1 −
// β₂ᵗ). 1 − β is taken in float64: in float32, 1 − 0.999 is wrong in the fifth digit.
template <class T, class Options>
void adam(const Piece<T>& p, const Options& o, double alpha, double weight_decay,
          const AdamCorrections& correct) {
  const T beta_1 = T(o.beta_1), rest_1 = T(1.0 - o.beta_1), beta_2 = T(o.beta_2), rest_2 = T(1.0 - o.beta_2),
          rate = T(alpha / correct.m), root = T(1.0 / std::sqrt(correct.v)), epsilon = T(o.epsilon),
          shrink = T(1.0 - alpha * weight_decay);
  if (o.amsgrad) {
    return for_each_element(p, [=](T& w, T g, T& m, T& v, T& top) {
      m = beta_1 * m + rest_1 * g;
      v = beta_2 * v + rest_2 * g * g;
      top = top > v ? top : v;
      w = shrink * w - rate * m / (std::sqrt(top) * root + epsilon);
    });
  }
  for_each_element(p, [=](T& w, T g, T& m, T& v) {
    m = beta_1 * m + rest_1 * g;
    v = beta_2 * v + rest_2 * g * g;
    w = shrink * w - rate * m / (std::sqrt(v) * root + epsilon);
  });
}

std::vector<std::string> adam_slots(bool amsgrad) {
  return amsgrad ? std::vector<std::string>{"m", "v", "v_max"} : std::vector<std::string>{"m", "v"};
}

template <class Options>
void check_adam(const char* name, const Options& o) {
  expect_fraction(name, "beta_1", o.beta_1);
  expect_fraction(name, "beta_2", o.beta_2);
  expect_not_negative(name, "epsilon", o.epsilon);
}

}  // namespace

SGD::SGD(const SGDOptions& options)
    : Optimizer(options.learning_rate, options.clipping,
                options.momentum == 0.0 ? std::vector<std::string>{} : std::vector<std::string>{"momentum"}),
      options_(options) {
  expect_fraction("SGD", "momentum", options.momentum);
  if (options.nesterov && options.momentum == 0.0) throw DataError("SGD: nesterov needs a momentum above 0");
}
void SGD::update(const Piece<float>& p, double rate) const { sgd(p, options_, rate); }
void SGD::update(const Piece<double>& p, double rate) const { sgd(p, options_, rate); }

RMSprop::RMSprop(const RMSpropOptions& options)
    : Optimizer(options.learning_rate, options.clipping, {"v", "momentum", "mean"}), options_(options) {
  expect_fraction("RMSprop", "rho", options.rho);
  expect_fraction("RMSprop", "momentum", options.momentum);
  expect_not_negative("RMSprop", "epsilon", options.epsilon);
}
void RMSprop::update(const Piece<float>& p, double rate) const { rmsprop(p, options_, rate); }
void RMSprop::update(const Piece<double>& p, double rate) const { rmsprop(p, options_, rate); }

Adagrad::Adagrad(const AdagradOptions& options)
    : Optimizer(options.learning_rate, options.clipping, {"accumulator"}, options.initial_accumulator_value),
      options_(options) {
  expect_not_negative("Adagrad", "initial_accumulator_value", options.initial_accumulator_value);
  expect_not_negative("Adagrad", "epsilon", options.epsilon);
}
void Adagrad::update(const Piece<float>& p, double rate) const { adagrad(p, options_, rate); }
void Adagrad::update(const Piece<double>& p, double rate) const { adagrad(p, options_, rate); }

Adadelta::Adadelta(const AdadeltaOptions& options)
    : Optimizer(options.learning_rate, options.clipping, {"v", "delta"}), options_(options) {
  expect_fraction("Adadelta", "rho", options.rho);
  expect_not_negative("Adadelta", "epsilon", options.epsilon);
}
void Adadelta::update(const Piece<float>& p, double rate) const { adadelta(p, options_, rate); }
void Adadelta::update(const Piece<double>& p, double rate) const { adadelta(p, options_, rate); }

Adam::Adam(const AdamOptions& options)
    : Optimizer(options.learning_rate, options.clipping, adam_slots(options.amsgrad)), options_(options) {
  check_adam("Adam", options);
}
void Adam::begin_step(std::int64_t number) { corrections_ = corrections(options_, number); }
void Adam::update(const Piece<float>& p, double rate) const { adam(p, options_, rate, 0.0, corrections_); }
void Adam::update(const Piece<double>& p, double rate) const { adam(p, options_, rate, 0.0, corrections_); }

AdamW::AdamW(const AdamWOptions& options)
    : Optimizer(options.learning_rate, options.clipping, adam_slots(options.amsgrad)), options_(options) {
  check_adam("AdamW", options);
  expect_not_negative("AdamW", "weight_decay", options.weight_decay);
}
void AdamW::begin_step(std::int64_t number) { corrections_ = corrections(options_, number); }
void AdamW::update(const Piece<float>& p, double rate) const {
  adam(p, options_, rate, options_.weight_decay, corrections_);
}
void AdamW::update(const Piece<double>& p, double rate) const {
  adam(p, options_, rate, options_.weight_decay, corrections_);
}

}  // namespace hourglass::optim
