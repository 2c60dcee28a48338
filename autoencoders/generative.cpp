#include <hourglass/autoencoders/generative.h>
#include <hourglass/tensor/base/error.h>

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

}  // namespace hourglass::autoencoders
