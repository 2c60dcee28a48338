#include <hourglass/autoencoders/latent_kind.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/reduce.h>

#include <cmath>

namespace hourglass::autoencoders {

LatentKind::LatentKind(const char* kind, Halves halves, const OutputDistribution& output)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), output_(output) {
  latent_ = halves.latent > 0 ? halves.latent : code_inputs(decoder);
  expect_variance(kind, output.variance);
}

Loss LatentKind::reconstruction_of(const Variable& y, const Variable& x) const {
  const Variable nats = output_.negative_log(y, x);
  return {.total = nats, .reconstruction = nats, .unit = "nats per example"};
}

Tensor LatentKind::sample(std::int64_t n) {
  expect_code_size(latent_);
  const nn::Evaluating evaluating(*this);
  const DType dtype = nn::parameters(decoder).empty() ? float32 : nn::parameters(decoder)[0].variable.dtype();
  return decode(draw_prior(n, dtype)).value();
}

Tensor importance_bound(std::int64_t k, FunctionRef<Variable()> log_weight) {
  if (k < 1) throw DataError("log_likelihood: needs at least one sample, got {}; 50 give a close bound", k);
  std::vector<Tensor> weights;
  for (std::int64_t i = 0; i < k; ++i) weights.push_back(log_weight().value().to(float64));
  return logsumexp(stack(weights, 0), 0) - std::log(static_cast<double>(k));
}

void expect_weight(const char* kind, double weight) {
  if (!(weight >= 0.0))
    throw DataError("{}: the weight of a part must not be negative, got {}; 0 leaves it out", kind, weight);
}

}  // namespace hourglass::autoencoders
