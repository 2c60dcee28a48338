#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/top_k.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::autoencoders {

namespace {

using Penalty = SparseOptions::Penalty;

Halves make_halves(const SparseOptions& o) {
  if (o.penalty == Penalty::top_k && o.k > o.latent) {
    throw ShapeError("SparseAutoencoder: cannot keep the {} largest of {} units; give .k from 1 to {}", o.k,
                     o.latent, o.latent);
  }
  const nn::Activation code = o.penalty == Penalty::l1   ? nn::Activation(relu)
                              : o.penalty == Penalty::kl ? nn::Activation(sigmoid)
                                                         : nn::Activation::linear;
  return dense_halves(
      {.features = o.features,
       .latent = o.latent,
       .latent_activation = code,
       .output_activation = output_activation_for(ReconstructionLoss::mse, o.output_activation),
       .dtype = o.dtype});
}

}  // namespace

SparseAutoencoder::SparseAutoencoder(const SparseOptions& options)
    : SparseAutoencoder(make_halves(options), options) {}

SparseAutoencoder::SparseAutoencoder(Halves halves, const SparseOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {
  if (options_.penalty == Penalty::top_k && options_.k < 1)
    throw ShapeError("SparseAutoencoder: cannot keep {} units; give .k of at least 1", options_.k);
  if (!(strength() >= 0.0)) {
    throw DataError("SparseAutoencoder: the strength must not be negative, got {}; 0 is without a penalty",
                    strength());
  }
  if (!(options_.target > 0.0 && options_.target < 1.0)) {
    throw DataError("SparseAutoencoder: the target activity must be in (0, 1), got {}; 0.05 is usual",
                    options_.target);
  }
}

double SparseAutoencoder::strength() const {
  return options_.strength.value_or(options_.penalty == Penalty::kl ? 0.001 : 0.1);
}

Variable SparseAutoencoder::encode(const Variable& x) {
  const Variable h = encoder(x);
  return options_.penalty == Penalty::top_k ? keep_top_k(h, options_.k) : h;
}

Loss SparseAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Variable h = encode(x);
    Loss loss = reconstruction_loss(ReconstructionLoss::mse, decoder(h), x);
    if (options_.penalty == Penalty::top_k) return loss;
    loss.add("sparsity",
             options_.penalty == Penalty::l1 ? mean(abs(h)) : nn::kl_bernoulli(options_.target, mean(h, 0)),
             strength());
    return loss;
  });
}

Activity measure_activity(SparseAutoencoder& model, const data::Batches& examples) {
  detail::expect_examples("measure_activity", examples);
  const nn::Evaluating evaluating(model);
  const double threshold = model.options().penalty == Penalty::kl ? 0.5 : 0.0;
  Tensor counts;
  double sum_of_codes = 0.0, n = 0.0;
  for (const data::Batch& batch : examples.epoch()) {
    const Tensor h = model.encode(batch.x).value();
    const Tensor active = sum((abs(h) > threshold).to(float64), 0);
    counts = n == 0.0 ? active : counts + active;
    sum_of_codes += sum(h).item();
    n += static_cast<double>(h.shape(0));
  }
  const double all = n * static_cast<double>(counts.size());
  return {sum(counts).item() / all, sum_of_codes / all,
          static_cast<std::int64_t>(sum((counts == 0.0).to(float64)).item()), counts / n};
}

}  // namespace hourglass::autoencoders
