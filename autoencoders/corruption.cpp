#include <hourglass/autoencoders/corruption.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

Tensor corrupt(const Tensor& x, const Corruption& corruption) {
  const double s = corruption.strength;
  const bool gaussian = corruption.noise == Corruption::Noise::gaussian;
  if (!(s >= 0.0 && (gaussian || s <= 1.0))) {
    throw DataError("corrupt: the strength must be {}, got {}; 0 changes nothing",
                    gaussian ? "at least 0, a deviation" : "in [0, 1], a probability", s);
  }
  Generator& generator = default_generator();
  switch (corruption.noise) {
    case Corruption::Noise::gaussian: {
      const Tensor noisy = x + normal(x.shape(), 0.0, s, generator, x.dtype());
      return corruption.clip ? clip(noisy, 0.0, 1.0) : noisy;
    }
    case Corruption::Noise::masking:
      return x * bernoulli(x.shape(), 1.0 - s, generator, x.dtype());
    case Corruption::Noise::salt_and_pepper:
      break;
  }
  const Tensor u = uniform(x.shape(), 0.0, 1.0, generator, x.dtype());
  const Tensor salt = (u < 0.5 * s).to(x.dtype());
  return where(u < s, salt, x);
}

}  // namespace hourglass::autoencoders
