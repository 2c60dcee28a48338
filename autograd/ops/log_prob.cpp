#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/internal/pair.h>
#include <hourglass/autograd/ops/log_prob.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass {

Variable normal_log_prob(const Variable& x, const Variable& mean, const Variable& log_variance) {
  const detail::Pair centred("normal_log_prob", x, mean);
  const detail::Pair pair("normal_log_prob", centred.a - centred.b, log_variance);
  const Variable &d = pair.a, &l = pair.b;
  return record("normal_log_prob", normal_log_prob(d.value(), zeros({}, d.dtype()), l.value()),
                {{d, [d, l](const Variable& dy, const Variable&) { return -(dy * d * exp(-l)); }},
                 {l, [d, l](const Variable& dy, const Variable&) {
                    return dy * (0.5 * (square(d * exp(-0.5 * l)) - 1.0));
                  }}});
}

Variable bernoulli_log_prob(const Variable& x, const Variable& logits) {
  const detail::Pair pair("bernoulli_log_prob", x, logits);
  const Variable &v = pair.a, &l = pair.b;
  return record("bernoulli_log_prob", bernoulli_log_prob(v.value(), l.value()),
                {{v, [l](const Variable& dy, const Variable&) { return dy * l; }},
                 {l, [v, l](const Variable& dy, const Variable&) {
                    return dy * (v * sigmoid(-l) - (1.0 - v) * sigmoid(l));
                  }}});
}

}  // namespace hourglass
