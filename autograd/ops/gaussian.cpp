#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/gaussian.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/tensor/ops/loss.h>

namespace hourglass {

namespace {

// 1 where log σ² is inside the range, else 0.
Tensor inside(const Variable& log_variance, LogVarianceRange range) {
  const Tensor& l = log_variance.value();
  return ((l >= range.least) * (l <= range.most)).to(l.dtype());
}

Variable clip(const Variable& log_variance, LogVarianceRange range) {
  return clip(log_variance, range.least, range.most);
}

double one_over_examples(const Variable& x) { return 1.0 / example_count("gaussian_kl", x.shape()); }

}  // namespace

Variable reparameterize(const Variable& mean, const Variable& log_variance, const Variable& epsilon,
                        LogVarianceRange range) {
  const Variable &l = log_variance, &e = epsilon;
  return record(
      "reparameterize", reparameterize(mean.value(), l.value(), e.value(), range),
      {
          {mean, [](const Variable& dz, const Variable&) { return dz; }},
          {l, [l, e, range](const Variable& dz,
                            const Variable&) { return reparameterize_grad(dz, l, e, range); }},
          {e, [l, range](const Variable& dz, const Variable&) { return dz * exp(0.5 * clip(l, range)); }},
      });
}

// Of dz, log σ² and ε it is linear in the first and the last, and half of itself in the second.
Variable reparameterize_grad(const Variable& dz, const Variable& log_variance, const Variable& epsilon,
                             LogVarianceRange range) {
  const Variable &l = log_variance, &e = epsilon;
  return record("reparameterize_grad", reparameterize_grad(dz.value(), l.value(), e.value(), range),
                {
                    {dz, [l, e, range](const Variable& g,
                                       const Variable&) { return reparameterize_grad(g, l, e, range); }},
                    {l, [](const Variable& g, const Variable& y) { return g * (0.5 * y); }},
                    {e, [dz, l, range](const Variable& g,
                                       const Variable&) { return reparameterize_grad(g, l, dz, range); }},
                });
}

Variable gaussian_kl(const Variable& mean, const Variable& log_variance, LogVarianceRange range) {
  Tensor divergence = gaussian_kl(mean.value(), log_variance.value(), range);
  const double scale = one_over_examples(mean);
  return record(
      "gaussian_kl", std::move(divergence),
      {
          {mean, [mean, scale](const Variable& dy, const Variable&) { return mean * (scale * dy); }},
          {log_variance, [l = log_variance, range](
                             const Variable& dy, const Variable&) { return gaussian_kl_grad(dy, l, range); }},
      });
}

Variable gaussian_kl_grad(const Variable& dy, const Variable& log_variance, LogVarianceRange range) {
  const Variable& l = log_variance;
  const double scale = 0.5 * one_over_examples(l);
  return record("gaussian_kl_grad", gaussian_kl_grad(dy.value(), l.value(), range),
                {
                    {dy,
                     [l, scale, range](const Variable& g, const Variable&) {
                       return scale * sum(g * expm1(clip(l, range)) * inside(l, range));
                     }},
                    {l,
                     [dy, l, scale, range](const Variable& g, const Variable&) {
                       return g * exp(clip(l, range)) * inside(l, range) * (scale * dy);
                     }},
                });
}

}  // namespace hourglass
