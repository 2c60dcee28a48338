#include <hourglass/autoencoders/generative.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

Generative* find_generative(Autoencoder& model) { return dynamic_cast<Generative*>(&model); }
LikelihoodModel* find_likelihood(Autoencoder& model) { return dynamic_cast<LikelihoodModel*>(&model); }

Tensor sample(Autoencoder& model, std::int64_t n) {
  if (auto* const generative = find_generative(model)) return generative->sample(n);
  throw DataError(
      "sample: {} knows no distribution of its codes, so none can be drawn; the variational kinds do, see "
      "Generative",
      model.type_name());
}

Tensor log_likelihood(Autoencoder& model, const data::Batch& batch, std::int64_t k) {
  if (auto* const likelihood = find_likelihood(model)) return likelihood->log_likelihood_of_batch(batch, k);
  throw DataError(
      "log_likelihood: {} does not say how likely an example is, only how far its reconstruction is; the "
      "variational kinds do, see LikelihoodModel",
      model.type_name());
}

void expect_code_size(std::int64_t latent) {
  if (latent >= 1) return;
  throw DataError(
      "sample: how many numbers a code has cannot be seen from a decoder that does not begin with a Dense; "
      "say it with Halves{.encoder = …, .decoder = …, .latent = …}");
}

Tensor decode_normal(Autoencoder& model, std::int64_t n, std::int64_t latent) {
  expect_code_size(latent);
  const nn::Evaluating evaluating(model);
  const auto parameters = nn::parameters(model);
  const DType dtype = parameters.empty() ? float32 : parameters.front().variable.dtype();
  return model.decode(normal({n, latent}, 0.0, 1.0, default_generator(), dtype)).value();
}

}  // namespace hourglass::autoencoders
