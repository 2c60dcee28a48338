#include <hourglass/optim/adagrad.h>

#include <cmath>

namespace hourglass::optim {

Adagrad::Adagrad(const AdagradOptions& options)
    : Optimizer("Adagrad", options, {"accumulator"}, options.initial_accumulator_value), options_(options) {
  expect_not_negative("Adagrad", "initial_accumulator_value", options.initial_accumulator_value);
  expect_not_negative("Adagrad", "epsilon", options.epsilon);
}

template <class T>
bool Adagrad::formula(const Piece<T>& p, double alpha) const {
  const T rate = T(alpha), epsilon = T(options_.epsilon);
  return for_each_element(p, [=](T& w, T g, T& s) {
    s += g * g;
    w -= rate * g / (std::sqrt(s) + epsilon);
  });
}

bool Adagrad::update(const Piece<float>& p, double rate) const { return formula(p, rate); }
bool Adagrad::update(const Piece<double>& p, double rate) const { return formula(p, rate); }

}  // namespace hourglass::optim
