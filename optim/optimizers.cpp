#include <hourglass/optim/optimizers.h>
#include <hourglass/tensor/clones.h>
#include <hourglass/tensor/error.h>

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

// The loops. Constants come in the parameters' type, so that the loop body is the formula alone.

template <class T>
HOURGLASS_CLONES void sgd(T* w, const T* g, std::int64_t n, T rate) {
  for (std::int64_t i = 0; i < n; ++i) w[i] -= rate * g[i];
}

template <class T>
HOURGLASS_CLONES void sgd_momentum(T* w, const T* g, T* v, std::int64_t n, T rate, T momentum, T of_gradient,
                                   T of_velocity) {
  for (std::int64_t i = 0; i < n; ++i) {
    v[i] = momentum * v[i] + g[i];
    w[i] -= rate * (of_gradient * g[i] + of_velocity * v[i]);
  }
}

template <class T>
HOURGLASS_CLONES void rmsprop(T* w, const T* g, T* v, T* b, T* m, std::int64_t n, T rate, T rho, T momentum,
                              T epsilon, T centered) {
  for (std::int64_t i = 0; i < n; ++i) {
    v[i] = rho * v[i] + (1 - rho) * g[i] * g[i];
    m[i] = centered * (rho * m[i] + (1 - rho) * g[i]);
    b[i] = momentum * b[i] + g[i] / (std::sqrt(v[i] - m[i] * m[i]) + epsilon);
    w[i] -= rate * b[i];
  }
}

template <class T>
HOURGLASS_CLONES void adagrad(T* w, const T* g, T* s, std::int64_t n, T rate, T epsilon) {
  for (std::int64_t i = 0; i < n; ++i) {
    s[i] += g[i] * g[i];
    w[i] -= rate * g[i] / (std::sqrt(s[i]) + epsilon);
  }
}

template <class T>
HOURGLASS_CLONES void adadelta(T* w, const T* g, T* v, T* d, std::int64_t n, T rate, T rho, T epsilon) {
  for (std::int64_t i = 0; i < n; ++i) {
    v[i] = rho * v[i] + (1 - rho) * g[i] * g[i];
    const T delta = g[i] * std::sqrt(d[i] + epsilon) / std::sqrt(v[i] + epsilon);
    d[i] = rho * d[i] + (1 - rho) * delta * delta;
    w[i] -= rate * delta;
  }
}

// The step's constants: both bias corrections folded into two factors, rate = α / (1 − β₁ᵗ) and root = 1 /
// √(1 − β₂ᵗ). 1 − β is taken in float64: in float32, 1 − 0.999 is wrong in the fifth digit.
template <class T>
struct AdamConstants {
  T beta_1, rest_1, beta_2, rest_2, rate, root, epsilon, shrink;
};

template <class T>
HOURGLASS_CLONES void adam(T* w, const T* g, T* m, T* v, std::int64_t n, AdamConstants<T> c) {
  for (std::int64_t i = 0; i < n; ++i) {
    m[i] = c.beta_1 * m[i] + c.rest_1 * g[i];
    v[i] = c.beta_2 * v[i] + c.rest_2 * g[i] * g[i];
    w[i] = c.shrink * w[i] - c.rate * m[i] / (std::sqrt(v[i]) * c.root + c.epsilon);
  }
}

template <class T>
HOURGLASS_CLONES void adam_amsgrad(T* w, const T* g, T* m, T* v, T* top, std::int64_t n, AdamConstants<T> c) {
  for (std::int64_t i = 0; i < n; ++i) {
    m[i] = c.beta_1 * m[i] + c.rest_1 * g[i];
    v[i] = c.beta_2 * v[i] + c.rest_2 * g[i] * g[i];
    top[i] = top[i] > v[i] ? top[i] : v[i];
    w[i] = c.shrink * w[i] - c.rate * m[i] / (std::sqrt(top[i]) * c.root + c.epsilon);
  }
}

template <class T, class Options, class Piece>
void adam_step(const Piece& p, const Options& o, double rate, double weight_decay, std::int64_t t) {
  const double correct_1 = 1.0 - std::pow(o.beta_1, static_cast<double>(t));
  const double correct_2 = 1.0 - std::pow(o.beta_2, static_cast<double>(t));
  const AdamConstants<T> c{T(o.beta_1),       T(1.0 - o.beta_1),           T(o.beta_2),
                           T(1.0 - o.beta_2), T(rate / correct_1),         T(1.0 / std::sqrt(correct_2)),
                           T(o.epsilon),      T(1.0 - rate * weight_decay)};
  if (o.amsgrad) {
    adam_amsgrad(p.value, p.gradient, p.slots[0], p.slots[1], p.slots[2], p.n, c);
  } else {
    adam(p.value, p.gradient, p.slots[0], p.slots[1], p.n, c);
  }
}

template <class T, class Piece>
void sgd_step(const Piece& p, const SGDOptions& o, double rate) {
  if (o.momentum == 0.0) return sgd(p.value, p.gradient, p.n, T(rate));
  sgd_momentum(p.value, p.gradient, p.slots[0], p.n, T(rate), T(o.momentum), T(o.nesterov ? 1.0 : 0.0),
               T(o.nesterov ? o.momentum : 1.0));
}

template <class T, class Piece>
void rmsprop_step(const Piece& p, const RMSpropOptions& o, double rate) {
  rmsprop(p.value, p.gradient, p.slots[0], p.slots[1], p.slots[2], p.n, T(rate), T(o.rho), T(o.momentum),
          T(o.epsilon), T(o.centered ? 1.0 : 0.0));
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
void SGD::update(const Piece<float>& p, double rate) const { sgd_step<float>(p, options_, rate); }
void SGD::update(const Piece<double>& p, double rate) const { sgd_step<double>(p, options_, rate); }

RMSprop::RMSprop(const RMSpropOptions& options)
    : Optimizer(options.learning_rate, options.clipping, {"v", "momentum", "mean"}), options_(options) {
  expect_fraction("RMSprop", "rho", options.rho);
  expect_fraction("RMSprop", "momentum", options.momentum);
  expect_not_negative("RMSprop", "epsilon", options.epsilon);
}
void RMSprop::update(const Piece<float>& p, double rate) const { rmsprop_step<float>(p, options_, rate); }
void RMSprop::update(const Piece<double>& p, double rate) const { rmsprop_step<double>(p, options_, rate); }

Adagrad::Adagrad(const AdagradOptions& options)
    : Optimizer(options.learning_rate, options.clipping, {"accumulator"}, options.initial_accumulator_value),
      options_(options) {
  expect_not_negative("Adagrad", "initial_accumulator_value", options.initial_accumulator_value);
  expect_not_negative("Adagrad", "epsilon", options.epsilon);
}
void Adagrad::update(const Piece<float>& p, double rate) const {
  adagrad(p.value, p.gradient, p.slots[0], p.n, static_cast<float>(rate),
          static_cast<float>(options_.epsilon));
}
void Adagrad::update(const Piece<double>& p, double rate) const {
  adagrad(p.value, p.gradient, p.slots[0], p.n, rate, options_.epsilon);
}

Adadelta::Adadelta(const AdadeltaOptions& options)
    : Optimizer(options.learning_rate, options.clipping, {"v", "delta"}), options_(options) {
  expect_fraction("Adadelta", "rho", options.rho);
  expect_not_negative("Adadelta", "epsilon", options.epsilon);
}
void Adadelta::update(const Piece<float>& p, double rate) const {
  adadelta(p.value, p.gradient, p.slots[0], p.slots[1], p.n, static_cast<float>(rate),
           static_cast<float>(options_.rho), static_cast<float>(options_.epsilon));
}
void Adadelta::update(const Piece<double>& p, double rate) const {
  adadelta(p.value, p.gradient, p.slots[0], p.slots[1], p.n, rate, options_.rho, options_.epsilon);
}

Adam::Adam(const AdamOptions& options)
    : Optimizer(options.learning_rate, options.clipping, adam_slots(options.amsgrad)), options_(options) {
  check_adam("Adam", options);
}
void Adam::update(const Piece<float>& p, double rate) const {
  adam_step<float>(p, options_, rate, 0.0, iterations() + 1);
}
void Adam::update(const Piece<double>& p, double rate) const {
  adam_step<double>(p, options_, rate, 0.0, iterations() + 1);
}

AdamW::AdamW(const AdamWOptions& options)
    : Optimizer(options.learning_rate, options.clipping, adam_slots(options.amsgrad)), options_(options) {
  check_adam("AdamW", options);
  expect_not_negative("AdamW", "weight_decay", options.weight_decay);
}
void AdamW::update(const Piece<float>& p, double rate) const {
  adam_step<float>(p, options_, rate, options_.weight_decay, iterations() + 1);
}
void AdamW::update(const Piece<double>& p, double rate) const {
  adam_step<double>(p, options_, rate, options_.weight_decay, iterations() + 1);
}

}  // namespace hourglass::optim
