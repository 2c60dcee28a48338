#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/log_prob.h>

#include <cmath>
#include <numbers>

namespace hourglass {

namespace {

const double kLog2Pi = std::log(2 * std::numbers::pi);

}  // namespace

Tensor normal_log_prob(const Tensor& x, const Tensor& mean, const Tensor& log_variance) {
  detail::expect_same_type("normal_log_prob", x, mean);
  (void)broadcast_shapes("normal_log_prob", x.shape(), mean.shape());
  return map("normal_log_prob", x - mean, log_variance, [](auto d, auto l) {
    using T = decltype(d);
    const T z = d * math::exp(T(-0.5) * l);
    return T(-0.5) * (static_cast<T>(kLog2Pi) + l + z * z);
  });
}

Tensor bernoulli_log_prob(const Tensor& x, const Tensor& logits) {
  return map("bernoulli_log_prob", x, logits, [](auto v, auto l) {
    using T = decltype(v);
    const T one = v == 0 ? T{0} : v * math::softplus(-l);  // 0 · inf for logits that are quite sure
    const T zero = v == 1 ? T{0} : (1 - v) * math::softplus(l);
    return -(one + zero);
  });
}

}  // namespace hourglass
