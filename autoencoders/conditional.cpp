#include <hourglass/autoencoders/conditional.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <cmath>

namespace hourglass::autoencoders {

namespace {

std::int64_t label_width(const ConditionalOptions& o) {
  if (o.labels < 1 || o.embedding < 0)
    throw DataError(
        "ConditionalAutoencoder: needs a label at least and no negative width, got {} labels and an "
        "embedding of {}; with .embedding = 0 they are one-hot",
        o.labels, o.embedding);
  return o.embedding > 0 ? o.embedding : o.labels;
}

Halves make_halves(const ConditionalOptions& o) {
  const std::int64_t e = label_width(o);
  ConditionalOptions with_label = o;
  with_label.features = checked_sum("ConditionalAutoencoder", o.features, e);
  nn::Sequential encoder = gaussian_halves_of(with_label).encoder;
  ConditionalOptions with_label_in_code = o;
  with_label_in_code.latent = checked_sum("ConditionalAutoencoder", o.latent, e);
  return {std::move(encoder), gaussian_halves_of(with_label_in_code).decoder, o.latent};
}

Halves with_latent(Halves halves, const ConditionalOptions& o) {
  if (halves.latent == 0)
    halves.latent = std::max<std::int64_t>(0, code_inputs(halves.decoder) - label_width(o));
  return halves;
}

const Tensor& labels_of(const data::Batch& batch) {
  if (batch.y.rank() == 1 && batch.y.shape(0) == batch.x.shape(0)) return batch.y;
  throw ShapeError(
      "ConditionalAutoencoder expects a label for each of {} examples, got targets of shape {}; "
      "data::Batches(images, labels) has them",
      batch.x.shape(0), batch.y.shape());
}

}  // namespace

ConditionalAutoencoder::ConditionalAutoencoder(const ConditionalOptions& options)
    : ConditionalAutoencoder(make_halves(options), options) {}

ConditionalAutoencoder::ConditionalAutoencoder(Halves halves, const ConditionalOptions& options)
    : WithOptions("ConditionalAutoencoder", with_latent(std::move(halves), options), options),
      kl_("ConditionalAutoencoder", options.beta, options.kl) {
  if (options.embedding > 0)
    embedding.emplace(options.labels, options.embedding, nn::EmbeddingOptions{.dtype = options.dtype});
}

Variable ConditionalAutoencoder::code_of(const Tensor& labels) {
  if (embedding) return (*embedding)(labels.to(int64));
  return one_hot(labels, options_.labels, options_.dtype);
}

Variable ConditionalAutoencoder::encode_batch(const data::Batch& batch) {
  const Variable e = code_of(labels_of(batch));
  return concat({posterior(concat({batch.x, e}, 1)).mean, e}, 1);
}

Loss ConditionalAutoencoder::loss_of_batch(const data::Batch& batch) {
  return run([&] {
    const Variable e = code_of(labels_of(batch));
    const auto [mean, log_variance] = posterior(concat({batch.x, e}, 1));
    Loss loss = reconstruction_of(decoder(concat({reparameterize(mean, log_variance), e}, 1)), batch.x);
    kl_.add_to(loss, mean, log_variance, is_training());
    return loss;
  });
}

Tensor ConditionalAutoencoder::most_likely(const Variable& x) {
  const nn::Evaluating evaluating(*this);
  std::vector<Tensor> bounds;
  for (std::int64_t label = 0; label < options_.labels; ++label) {
    const Variable e = code_of(full({x.shape(0)}, static_cast<double>(label), int64));
    const auto [mean, log_variance] = posterior(concat({x, e}, 1));
    const Variable kl = nn::kl_to_standard_normal(mean, log_variance, {.reduction = nn::Reduction::none});
    bounds.push_back((output().log_of_each(decoder(concat({mean, e}, 1)), x) - kl).value());
  }
  return argmax(stack(bounds, 0), 0);
}

Tensor ConditionalAutoencoder::sample_of(const Tensor& labels) {
  const nn::Evaluating evaluating(*this);
  return decode(concat({draw_prior(labels.shape(0), options_.dtype), code_of(labels)}, 1)).value();
}

Tensor ConditionalAutoencoder::sample(std::int64_t n) { return sample_of(randint({n}, 0, options_.labels)); }

Tensor ConditionalAutoencoder::log_likelihood_of_batch(const data::Batch& batch, std::int64_t k) {
  const nn::Evaluating evaluating(*this);
  const Variable e = code_of(labels_of(batch));
  const Posterior q = posterior(concat({batch.x, e}, 1));
  return importance_bound(k, [&] {
    const auto [z, log_q] = draw(q);
    return output().log_of_each(decoder(concat({z, e}, 1)), batch.x) + log_prior(z) - log_q;
  });
}

Tensor ConditionalAutoencoder::log_likelihood(const Tensor& x, std::int64_t k) {
  std::vector<Tensor> of_labels;
  for (std::int64_t label = 0; label < options_.labels; ++label) {
    const Tensor y = full({x.shape(0)}, static_cast<double>(label), int64);
    of_labels.push_back(log_likelihood_of_batch({x, y}, k));
  }
  return logsumexp(stack(of_labels, 0), 0) - std::log(static_cast<double>(options_.labels));
}

}  // namespace hourglass::autoencoders
