#include <hourglass/autoencoders/ladder.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/gaussian.h>
#include <hourglass/autograd/ops/log_prob.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

namespace {

Halves make_halves(const LadderOptions& o) {
  if (o.hidden.empty())
    throw ShapeError("LadderAutoencoder: needs a hidden layer, from which both codes are made; 400 is usual");
  const std::vector<std::int64_t> below(o.hidden.begin(), o.hidden.end() - 1);
  nn::Sequential encoder = dense_halves({.features = o.features,
                                         .hidden = below,
                                         .latent = o.hidden.back(),
                                         .latent_activation = relu,
                                         .dtype = o.dtype})
                               .encoder;
  return {std::move(encoder), dense_halves_of(o, o.latent, o.latent).decoder, o.latent};
}

std::int64_t encoded(const LadderOptions& o) {
  if (o.encoded > 0) return o.encoded;
  if (!o.hidden.empty()) return o.hidden.back();
  throw ShapeError("LadderAutoencoder: how many numbers the encoder gives is not said; give .encoded");
}

// in -> width -> 2 · out, mean and log variance.
nn::Sequential between(std::int64_t in, const LadderOptions& o, std::int64_t out) {
  return nn::Sequential{nn::Dense(in, o.width, {.activation = relu, .dtype = o.dtype}),
                        nn::Dense(o.width, checked_product("LadderAutoencoder", 2, out), {.dtype = o.dtype})};
}

Variable draw(const Variable& mean, const Variable& log_variance) {
  return reparameterize(mean, log_variance,
                        normal(mean.shape(), 0.0, 1.0, default_generator(), mean.dtype()));
}

Variable log_normal(const Variable& z, const Variable& mean, const Variable& log_variance) {
  return sum(normal_log_prob(z, mean, log_variance), 1);
}

}  // namespace

LadderAutoencoder::LadderAutoencoder(const LadderOptions& options)
    : LadderAutoencoder(make_halves(options), options) {}

LadderAutoencoder::LadderAutoencoder(Halves halves, const LadderOptions& options)
    : WithOptions("LadderAutoencoder", std::move(halves), options),
      lower(nn::Dense(encoded(options), checked_product("LadderAutoencoder", 2, latent()),
                      {.dtype = options.dtype})),
      up(between(encoded(options), options, options.upper)),
      down(between(options.upper, options, latent())),
      kl_("LadderAutoencoder", options.beta, options.kl) {
  expect_weight_alone("LadderAutoencoder", options.kl);
}

// Clipped here once, so that all that follows sees the same numbers.
LadderAutoencoder::Normal LadderAutoencoder::split(const Variable& both) {
  const std::int64_t l = both.shape(1) / 2;
  return {slice(both, 1, {0, l}),
          clip(slice(both, 1, {l, 2 * l}), nn::kLeastLogVariance, nn::kMostLogVariance)};
}

// With a = log σ̂², p = log σ_p²:  log σ² = a − softplus(a − p),  σ²/σ̂² = sigmoid(p − a).
LadderAutoencoder::Normal LadderAutoencoder::joined(const Normal& seen, const Normal& expected) {
  const Variable difference = seen.log_variance - expected.log_variance;
  return {expected.mean + sigmoid(-difference) * (seen.mean - expected.mean),
          seen.log_variance - softplus(difference)};
}

Variable LadderAutoencoder::encode(const Variable& x) {
  const Variable d = encoder(x);
  return joined(split(lower(d)), split(down(split(up(d)).mean))).mean;
}

Loss LadderAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Variable d = encoder(x);
    const Normal q2 = split(up(d));
    const Normal p1 = split(down(draw(q2.mean, q2.log_variance)));
    const Normal q1 = joined(split(lower(d)), p1);
    Loss loss = reconstruction_of(decoder(draw(q1.mean, q1.log_variance)), x);
    const double weight = kl_.next_weight(is_training());
    loss.add("kl_lower", nn::kl_normal(q1.mean, q1.log_variance, p1.mean, p1.log_variance), weight);
    loss.add("kl_upper", nn::kl_to_standard_normal(q2.mean, q2.log_variance), weight);
    loss.add("kl", *loss.part("kl_lower") + *loss.part("kl_upper"), 0.0);
    return loss;
  });
}

Tensor LadderAutoencoder::log_likelihood(const Tensor& x, std::int64_t k) {
  const nn::Evaluating evaluating(*this);
  const Variable d = encoder(x);
  const Normal q2 = split(up(d)), seen = split(lower(d));
  return importance_bound(k, [&] {
    const Variable z2 = draw(q2.mean, q2.log_variance);
    const Normal p1 = split(down(z2)), q1 = joined(seen, p1);
    const Variable z1 = draw(q1.mean, q1.log_variance);
    return output().log_of_each(decoder(z1), x) + log_normal(z1, p1.mean, p1.log_variance) +
           log_standard_normal(z2) - log_normal(z1, q1.mean, q1.log_variance) -
           log_normal(z2, q2.mean, q2.log_variance);
  });
}

Tensor LadderAutoencoder::draw_prior(std::int64_t n, DType dtype) {
  const Normal p1 = split(down(normal({n, options_.upper}, 0.0, 1.0, default_generator(), dtype)));
  return draw(p1.mean, p1.log_variance).value();
}

}  // namespace hourglass::autoencoders
