#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/losses/losses.h>

#include <algorithm>

namespace hourglass::autoencoders {

void Loss::add(const char* name, const Variable& value, double weight) {
  if (weight != 0.0) total = total + weight * value;
  parts.push_back({name, value, weight});
}

const Variable* Loss::part(std::string_view name) const {
  const auto found = std::ranges::find(parts, name, &LossPart::name);
  return found == parts.end() ? nullptr : &found->value;
}

Loss reconstruction_loss(ReconstructionLoss kind, const Variable& y, const Variable& x) {
  const bool bce = kind == ReconstructionLoss::bce;
  const Variable loss =
      bce ? nn::binary_crossentropy(y, x, {.from_logits = true}) : nn::mean_squared_error(y, x);
  return {
      .total = loss, .reconstruction = loss, .unit = bce ? "nats per feature" : "squared error per feature"};
}

Variable features_of(ReconstructionLoss kind, const Variable& y) {
  return kind == ReconstructionLoss::bce ? sigmoid(y) : y;
}

}  // namespace hourglass::autoencoders
