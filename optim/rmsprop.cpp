#include <hourglass/optim/rmsprop.h>

#include <cmath>

namespace hourglass::optim {

RMSprop::RMSprop(const RMSpropOptions& options)
    : Optimizer("RMSprop", options, {"v", "momentum", "mean"}), options_(options) {
  expect_fraction("RMSprop", "rho", options.rho);
  expect_fraction("RMSprop", "momentum", options.momentum);
  expect_not_negative("RMSprop", "epsilon", options.epsilon);
}

template <class T>
bool RMSprop::formula(const Piece<T>& p, double alpha) const {
  const RMSpropOptions& o = options_;
  const T rate = T(alpha), rho = T(o.rho), momentum = T(o.momentum), epsilon = T(o.epsilon),
          centered = T(o.centered ? 1.0 : 0.0);
  return for_each_element(p, [=](T& w, T g, T& v, T& b, T& m) {
    v = rho * v + (1 - rho) * g * g;
    m = centered * (rho * m + (1 - rho) * g);
    b = momentum * b + g / (std::sqrt(v - m * m) + epsilon);
    w -= rate * b;
  });
}

bool RMSprop::update(const Piece<float>& p, double rate) const { return formula(p, rate); }
bool RMSprop::update(const Piece<double>& p, double rate) const { return formula(p, rate); }

}  // namespace hourglass::optim
