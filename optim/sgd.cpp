#include <hourglass/optim/sgd.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::optim {

SGD::SGD(const SGDOptions& options)
    : Optimizer("SGD", options,
                options.momentum == 0.0 ? std::vector<std::string>{} : std::vector<std::string>{"momentum"}),
      options_(options) {
  expect_fraction("SGD", "momentum", options.momentum);
  if (options.nesterov && options.momentum == 0.0)
    throw DataError("SGD: nesterov needs a momentum above 0; set .momentum, 0.9 is usual");
}

template <class T>
bool SGD::formula(const Piece<T>& p, double alpha) const {
  const SGDOptions& o = options_;
  const T rate = T(alpha), momentum = T(o.momentum), of_gradient = T(o.nesterov ? 1.0 : 0.0),
          of_velocity = T(o.nesterov ? o.momentum : 1.0);
  if (o.momentum == 0.0) return for_each_element(p, [=](T& w, T g) { w -= rate * g; });
  return for_each_element(p, [=](T& w, T g, T& v) {
    v = momentum * v + g;
    w -= rate * (of_gradient * g + of_velocity * v);
  });
}

bool SGD::update(const Piece<float>& p, double rate) const { return formula(p, rate); }
bool SGD::update(const Piece<double>& p, double rate) const { return formula(p, rate); }

}  // namespace hourglass::optim
