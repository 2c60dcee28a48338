#include <hourglass/autoencoders/beta_tc.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/log_prob.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>

#include <cmath>

namespace hourglass::autoencoders {

BetaTCAutoencoder::BetaTCAutoencoder(const BetaTCOptions& options)
    : BetaTCAutoencoder(gaussian_halves_of(options), options) {}

BetaTCAutoencoder::BetaTCAutoencoder(Halves halves, const BetaTCOptions& options)
    : WithOptions("BetaTCAutoencoder", std::move(halves), options) {
  for (const double weight : {options.alpha, options.beta, options.gamma})
    expect_weight("BetaTCAutoencoder", weight);
  if (options.examples < 0)
    throw DataError("BetaTCAutoencoder: cannot have {} examples; 0 takes as many as a batch has",
                    options.examples);
}

Loss BetaTCAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto [mean, raw] = posterior(x);
    const Variable z = reparameterize(mean, raw),
                   log_variance = clip(raw, nn::kLeastLogVariance, nn::kMostLogVariance);
    Loss loss = reconstruction_of(decoder(z), x);
    const std::int64_t m = z.shape(0), l = z.shape(1);
    // log q(z_i|x_m) of each number: (i, m, l)
    const Variable each =
        normal_log_prob(reshape(z, {m, 1, l}), reshape(mean, {1, m, l}), reshape(log_variance, {1, m, l}));
    const double log_count = std::log(static_cast<double>(m)) +
                             std::log(static_cast<double>(options_.examples > 0 ? options_.examples : m));
    const Variable log_q = logsumexp(sum(each, 2), 1) - log_count;
    const Variable log_product = sum(logsumexp(each, 1) - log_count, 1);
    const Variable log_q_given_x = sum(normal_log_prob(z, mean, log_variance), 1);
    loss.add("mutual_information", hourglass::mean(log_q_given_x - log_q), options_.alpha);
    loss.add("total_correlation", hourglass::mean(log_q - log_product), options_.beta);
    loss.add("dimension_wise_kl", hourglass::mean(log_product - log_standard_normal(z)), options_.gamma);
    loss.add("kl", nn::kl_to_standard_normal(mean, raw), 0.0);
    return loss;
  });
}

}  // namespace hourglass::autoencoders
