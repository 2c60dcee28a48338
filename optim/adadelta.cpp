#include <hourglass/optim/adadelta.h>

#include <cmath>

namespace hourglass::optim {

Adadelta::Adadelta(const AdadeltaOptions& options)
    : Optimizer("Adadelta", options, {"v", "delta"}), options_(options) {
  expect_fraction("Adadelta", "rho", options.rho);
  expect_not_negative("Adadelta", "epsilon", options.epsilon);
}

template <class T>
bool Adadelta::formula(const Piece<T>& p, double alpha) const {
  const T rate = T(alpha), rho = T(options_.rho), epsilon = T(options_.epsilon);
  return for_each_element(p, [=](T& w, T g, T& v, T& d) {
    v = rho * v + (1 - rho) * g * g;
    const T delta = g * std::sqrt(d + epsilon) / std::sqrt(v + epsilon);
    d = rho * d + (1 - rho) * delta * delta;
    w -= rate * delta;
  });
}

bool Adadelta::update(const Piece<float>& p, double rate) const { return formula(p, rate); }
bool Adadelta::update(const Piece<double>& p, double rate) const { return formula(p, rate); }

}  // namespace hourglass::optim
