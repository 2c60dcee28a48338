#include <hourglass/autoencoders/dip.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/matrix.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/losses/divergences.h>

namespace hourglass::autoencoders {

using Covariance = DIPOptions::Covariance;

DIPAutoencoder::DIPAutoencoder(const DIPOptions& options)
    : DIPAutoencoder(gaussian_halves_of(options), options) {}

DIPAutoencoder::DIPAutoencoder(Halves halves, const DIPOptions& options)
    : WithOptions("DIPAutoencoder", std::move(halves), options) {
  for (const double weight : {options.off_diagonal, diagonal()}) expect_weight("DIPAutoencoder", weight);
}

double DIPAutoencoder::diagonal() const {
  return options_.diagonal.value_or(options_.covariance == Covariance::of_means ? 10.0 * options_.off_diagonal
                                                                                : options_.off_diagonal);
}

Loss DIPAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto [mean, log_variance] = posterior(x);
    Loss loss = reconstruction_of(decoder(reparameterize(mean, log_variance)), x);
    const Variable centred = center(mean, 0);
    const Variable of_means = matmul(transpose(centred), centred) / static_cast<double>(x.shape(0));
    Variable variances = hourglass::diagonal(of_means);
    loss.add("kl", nn::kl_to_standard_normal(mean, log_variance));
    loss.add("off_diagonal", sum(square(of_means)) - sum(square(variances)), options_.off_diagonal);
    if (options_.covariance == Covariance::of_codes)
      variances = variances +
                  hourglass::mean(exp(clip(log_variance, nn::kLeastLogVariance, nn::kMostLogVariance)), 0);
    loss.add("diagonal", sum(square(variances - 1.0)), diagonal());
    return loss;
  });
}

}  // namespace hourglass::autoencoders
