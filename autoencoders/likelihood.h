#pragma once

#include <hourglass/autograd/variable.h>

#include <array>
#include <cstdint>

namespace hourglass::autoencoders {

/// How likely an example is, given what the decoder makes of a code.
enum class Likelihood : std::uint8_t {
  bernoulli,  // each feature 1 with probability σ(logit); values between 0 and 1 count as probabilities
  gaussian,   // each feature N(decoder's output, variance)
};
constexpr auto enum_names(Likelihood /*of*/) { return std::to_array<const char*>({"bernoulli", "gaussian"}); }

/// p(x|z) of a decoder's output y: logits, or means with the Gaussian likelihood.
struct OutputDistribution {
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood

  /// The mean of p(x|z): σ(y), or y.
  [[nodiscard]] Variable mean(const Variable& y) const;
  /// −log p(x|z), the mean over the examples, in nats.    (N, D), (N, D) -> ()
  [[nodiscard]] Variable negative_log(const Variable& y, const Variable& x) const;
  /// log p(x|z) of each example.    (N, D), (N, D) -> (N,)
  [[nodiscard]] Variable log_of_each(const Variable& y, const Variable& x) const;
};

/// Throws DataError, which begins with the kind's name, unless the variance is positive.
void expect_variance(const char* kind, double variance);

/// Σ log N(z; 0, 1) of each row.    (N, L) -> (N,)
[[nodiscard]] Variable log_standard_normal(const Variable& z);

}  // namespace hourglass::autoencoders
