#include <hourglass/autoencoders/categorical.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/random.h>

#include <algorithm>
#include <cmath>

namespace hourglass::autoencoders {

namespace {

// −log(−log u), u kept off 0 where it would be infinite.
Tensor gumbel(const Shape& shape, DType dtype) {
  constexpr double kLeast = 1e-30;
  return log(log(maximum(uniform(shape, 0.0, 1.0, default_generator(), dtype), kLeast)) * -1.0) * -1.0;
}

// The class with the largest score of each variable.    (N, V, C) -> (N, V, C)
Tensor largest(const Tensor& scores) { return one_hot(argmax(scores, 2), scores.shape(2), scores.dtype()); }

Variable as_code(const Variable& z) { return reshape(z, {z.shape(0), z.shape(1) * z.shape(2)}); }

}  // namespace

CategoricalAutoencoder::CategoricalAutoencoder(const CategoricalOptions& options)
    : CategoricalAutoencoder(dense_halves_of(options, options.latent, options.latent), options) {}

CategoricalAutoencoder::CategoricalAutoencoder(Halves halves, const CategoricalOptions& options)
    : WithOptions("CategoricalAutoencoder", std::move(halves), options), step_(zeros({}, int64)) {
  expect_weight("CategoricalAutoencoder", options.beta);
  if (options.classes < 2 || latent() % options.classes != 0)
    throw ShapeError(
        "CategoricalAutoencoder: a code of {} numbers cannot be variables of {} classes; give .latent a "
        "multiple of .classes, which begin at 2",
        latent(), options.classes);
  if (!(options.least_temperature > 0.0 && options.temperature >= options.least_temperature &&
        options.decay >= 0.0))
    throw DataError(
        "CategoricalAutoencoder: the temperature cannot fall from {} to {} by {} a step; 1, 0.5 and 3e-5 are "
        "usual",
        options.temperature, options.least_temperature, options.decay);
}

double CategoricalAutoencoder::temperature() const {
  return std::max(options_.least_temperature,
                  options_.temperature * std::exp(-options_.decay * step_.item()));
}

Variable CategoricalAutoencoder::log_probabilities(const Variable& x) {
  const Variable logits = encoder(x);
  const std::int64_t c = options_.classes;
  if (logits.rank() != 2 || logits.shape(1) % c != 0)
    throw ShapeError(
        "CategoricalAutoencoder: the encoder must give logits of variables of {} classes, but gave {}; let "
        "its "
        "last layer have a multiple of {} outputs",
        c, logits.shape(), c);
  return log_softmax(reshape(logits, {logits.shape(0), logits.shape(1) / c, c}), 2);
}

Variable CategoricalAutoencoder::encode(const Variable& x) {
  return as_code(largest(log_probabilities(x).value()));
}

Loss CategoricalAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Variable log_p = log_probabilities(x);
    const Variable noisy = log_p + gumbel(log_p.shape(), log_p.dtype());
    Variable z = is_training() ? softmax(noisy / temperature(), 2) : Variable(largest(noisy.value()));
    if (is_training() && options_.straight_through) z = largest(z.value()) + (z - z.detach());
    Loss loss = reconstruction_of(decoder(as_code(z)), x);
    const Variable each = exp(log_p) * (log_p + std::log(static_cast<double>(options_.classes)));
    loss.add("kl", sum(each) / static_cast<double>(x.shape(0)), options_.beta);
    if (is_training()) step_ = step_ + 1.0;
    return loss;
  });
}

Tensor CategoricalAutoencoder::log_likelihood(const Tensor& x, std::int64_t k) {
  const nn::Evaluating evaluating(*this);
  const Variable log_p = log_probabilities(x);
  const double log_prior =
      -std::log(static_cast<double>(options_.classes)) * static_cast<double>(log_p.shape(1));
  return importance_bound(k, [&] {
    const Variable z = largest((log_p + gumbel(log_p.shape(), log_p.dtype())).value());
    // 0 · −inf of a class that is never drawn is left out.
    const Variable log_q = sum(where(z.value() > 0.5, log_p, zeros({1, 1, 1}, log_p.dtype())), Axes{1, 2});
    return output().log_of_each(decoder(as_code(z)), x) + log_prior - log_q;
  });
}

Tensor CategoricalAutoencoder::draw_prior(std::int64_t n, DType dtype) {
  return as_code(
             one_hot(randint({n, latent() / options_.classes}, 0, options_.classes), options_.classes, dtype))
      .value();
}

}  // namespace hourglass::autoencoders
