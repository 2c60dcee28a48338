#include <hourglass/autoencoders/phased.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::autoencoders {

void Phased::expect_optimizers(std::size_t given) const {
  if (given == phase_count()) return;
  throw DataError("phases: this kind is trained by {} optimizers in turn, got {}; give one for each phase",
                  phase_count(), given);
}

training::History fit_kind(Autoencoder& model, const std::function<std::unique_ptr<optim::Optimizer>()>& make,
                           const data::Batches& train, const training::FitOptions& options) {
  auto* const phased = dynamic_cast<Phased*>(&model);
  std::vector<std::unique_ptr<optim::Optimizer>> owned;
  std::vector<optim::Optimizer*> optimizers;
  for (std::size_t i = 0; i < (phased ? phased->phase_count() : 1); ++i)
    optimizers.push_back(owned.emplace_back(make()).get());
  if (phased) return training::fit(model, phased->phases(optimizers), train, options);
  const auto loss = [&](const data::Batch& b) -> Variable { return model.loss_of_batch(b); };
  return training::fit(model, *optimizers.front(), loss, train, options);
}

Variable verdict(const Variable& logits, bool genuine) {
  const Tensor truth = full(logits.shape(), genuine ? 1.0 : 0.0, logits.dtype());
  return nn::binary_crossentropy(logits, truth, {.from_logits = true});
}

}  // namespace hourglass::autoencoders
