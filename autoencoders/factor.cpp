#include <hourglass/autoencoders/adversarial.h>
#include <hourglass/autoencoders/factor.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

namespace hourglass::autoencoders {

namespace {

// Each number of a code that of another example: draws of Π_j q(z_j).    (N, L) -> (N, L)
Tensor permuted(const Tensor& z) {
  std::vector<Tensor> columns;
  for (std::int64_t j = 0; j < z.shape(1); ++j)
    columns.push_back(take(slice(z, 1, {j, j + 1}), permutation(z.shape(0))));
  return concat(columns, 1);
}

}  // namespace

FactorAutoencoder::FactorAutoencoder(const FactorOptions& options)
    : FactorAutoencoder(gaussian_halves_of(options), options) {}

FactorAutoencoder::FactorAutoencoder(Halves halves, const FactorOptions& options)
    : WithOptions("FactorAutoencoder", std::move(halves), options) {
  expect_weight("FactorAutoencoder", options.gamma);
  if (latent() < 1)
    throw DataError(
        "FactorAutoencoder: how many numbers a code has cannot be seen from the decoder; say it with "
        "Halves{{.latent = …}}");
  critic = dense_critic(latent(), options.critic, options.dtype);
}

Variable FactorAutoencoder::critic_of(const Tensor& codes) {
  return 0.5 * (verdict(critic(codes), true) + verdict(critic(permuted(codes)), false));
}

Variable FactorAutoencoder::critic_loss(const Variable& x) {
  return run([&] {
    const auto [mean, log_variance] = posterior(x);
    return critic_of(reparameterize(mean, log_variance).value());
  });
}

Loss FactorAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto [mean, log_variance] = posterior(x);
    const Variable z = reparameterize(mean, log_variance);
    Loss loss = reconstruction_of(decoder(z), x);
    loss.add("kl", nn::kl_to_standard_normal(mean, log_variance));
    loss.add("total_correlation", hourglass::mean(critic(z)), options_.gamma);
    loss.add("critic", critic_of(z.value()), 0.0);
    return loss;
  });
}

std::vector<training::Phase<>> FactorAutoencoder::phases(const std::vector<optim::Optimizer*>& optimizers) {
  expect_optimizers(optimizers.size());
  return {{"autoencoder",
           optimizers[0],
           {"encoder", "decoder"},
           [this](const data::Batch& b) -> Variable { return loss(b.x); }},
          {"critic", optimizers[1], {"critic"}, [this](const data::Batch& b) { return critic_loss(b.x); }}};
}

}  // namespace hourglass::autoencoders
