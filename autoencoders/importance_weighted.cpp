#include <hourglass/autoencoders/importance_weighted.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/log_prob.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/softmax.h>

#include <cmath>

namespace hourglass::autoencoders {

namespace {

using Options = ImportanceWeightedOptions;
using Objective = Options::Objective;

Halves make_halves(const Options& o) {
  return dense_halves({.features = o.features,
                       .hidden = o.hidden,
                       .latent = o.latent,
                       .heads = 2,
                       .hidden_activation = o.hidden_activation,
                       .dtype = o.dtype});
}

void check(const Options& o) {
  if (o.samples < 1 || o.groups < 1)
    throw DataError(
        "ImportanceWeightedAutoencoder: needs a sample in a group at least, got {} in {}; 5 in 1 are usual",
        o.samples, o.groups);
  (void)checked_product("ImportanceWeightedAutoencoder", o.samples, o.groups);
  if (o.objective == Objective::iwae && o.groups != 1)
    throw DataError("ImportanceWeightedAutoencoder: iwae has one group, got {}; miwae has several", o.groups);
  if (!(o.beta >= 0.0 && o.beta <= 1.0))
    throw DataError(
        "ImportanceWeightedAutoencoder: beta must be in [0, 1], got {}; it is the ELBO's part in ciwae",
        o.beta);
  if (o.objective == Objective::ciwae && o.doubly_reparameterized)
    throw DataError(
        "ImportanceWeightedAutoencoder: ciwae is not doubly reparameterized; try iwae, miwae or piwae");
}

Variable mean_of_log_means(const Variable& log_w, std::int64_t groups) {  // (M K, N) -> ()
  const std::int64_t k = log_w.shape(0) / groups;
  return mean(logsumexp(reshape(log_w, {groups, k, log_w.shape(1)}), 1)) - std::log(static_cast<double>(k));
}

// The objective to be maximised, in nats per example.
Variable bound_of(const Options& o, const Variable& log_w) {
  const bool one_group = o.objective == Objective::iwae || o.objective == Objective::piwae;
  const Variable bound = mean_of_log_means(log_w, one_group ? 1 : o.groups);
  return o.objective == Objective::ciwae ? o.beta * mean(log_w) + (1.0 - o.beta) * bound : bound;
}

// w̃ within each group of K.    (M K, N) -> (M K, N)
Tensor normalized(const Tensor& log_w, std::int64_t groups) {
  return reshape(softmax(reshape(log_w, {groups, log_w.shape(0) / groups, log_w.shape(1)}), 1),
                 log_w.shape());
}

}  // namespace

ImportanceWeightedAutoencoder::ImportanceWeightedAutoencoder(const ImportanceWeightedOptions& options)
    : ImportanceWeightedAutoencoder(make_halves(options), options) {}

ImportanceWeightedAutoencoder::ImportanceWeightedAutoencoder(Halves halves,
                                                             const ImportanceWeightedOptions& options)
    : WithOptions("ImportanceWeightedAutoencoder", std::move(halves), options) {
  check(options);
}

ImportanceWeightedAutoencoder::Weights ImportanceWeightedAutoencoder::weights(const Posterior& q,
                                                                              const Variable& x,
                                                                              bool two_gradients) {
  const std::int64_t s = options_.samples * options_.groups, n = q.mean.shape(0), l = q.mean.shape(1);
  const auto repeated = [&](const Variable& v) {
    return broadcast_to(reshape(v, {1, n, v.shape(1)}), {s, n, v.shape(1)});
  };
  Weights w{.z = reparameterize(repeated(q.mean), repeated(q.log_variance))};
  w.seen = two_gradients ? Variable::parameter(w.z.value()) : w.z;
  const Variable y = decoder(reshape(w.seen, {s * n, l}));
  w.log_p_x = reshape(output().log_of_each(y, reshape(repeated(x), {s * n, x.shape(1)})), {s, n});
  w.log_p_z = reshape(log_standard_normal(reshape(w.z, {s * n, l})), {s, n});
  const Variable log_variance = clip(q.log_variance, nn::kLeastLogVariance, nn::kMostLogVariance);
  const bool constant = options_.doubly_reparameterized;  // ∂log q/∂φ is left out, what z brings stays
  const Variable each = normal_log_prob(w.z, constant ? q.mean.detach() : q.mean,
                                        constant ? log_variance.detach() : log_variance);
  w.log_q = sum(each, 2);
  return w;
}

Variable ImportanceWeightedAutoencoder::with_two_gradients(const Weights& w, const Variable& bound) const {
  const std::int64_t groups = options_.groups;
  const auto m = static_cast<double>(groups), n = static_cast<double>(w.log_q.shape(1));
  const Tensor log_w = (w.log_p_x + w.log_p_z - w.log_q).value();
  const Tensor within = normalized(log_w, groups) / m;
  const Tensor of_decoder = options_.objective == Objective::piwae ? normalized(log_w, 1) : within;
  const Tensor of_encoder = options_.doubly_reparameterized ? square(within) * m : within;
  const Variable dz = grad(sum(of_encoder * w.log_p_x), w.seen, {.retain_graph = true});
  const Variable surrogate =
      sum(of_decoder * w.log_p_x) + sum(dz * w.z) + sum(of_encoder * (w.log_p_z - w.log_q));
  return (surrogate - surrogate.detach()) / n + bound.detach();
}

Loss ImportanceWeightedAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Posterior q = posterior(x);
    const bool two_gradients =
        is_recording() && (options_.doubly_reparameterized || options_.objective == Objective::piwae);
    const Weights w = weights(q, x, two_gradients);
    Variable bound = bound_of(options_, w.log_p_x + w.log_p_z - w.log_q);
    if (two_gradients) bound = with_two_gradients(w, bound);
    Loss loss{.total = -bound, .reconstruction = -mean(w.log_p_x), .unit = "nats per example"};
    loss.parts.push_back({"bound", loss.total - loss.reconstruction, 1.0});
    loss.add("kl", nn::kl_to_standard_normal(q.mean, q.log_variance), 0.0);
    return loss;
  });
}

}  // namespace hourglass::autoencoders
