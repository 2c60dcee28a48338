#pragma once

// Whether a generative kind does what it should: uses its code, fills its prior, makes what the data are
// like.

#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/generative.h>

#include <string>

namespace hourglass::autoencoders {

/// How many numbers of the code vary over the examples by more than `least` (Burda et al. 2016: 0.01): of a
/// variational kind, those that its posterior mean uses.    codes (N, d)
[[nodiscard]] std::int64_t active_units(const Tensor& codes, double least = 0.01);

/// How far codes of many examples are from N(0, 1).
struct PriorMatch {
  double mmd = 0.0;      // MMD² to as many draws of the prior
  double band = 0.0;     // what 95% of pairs of samples of the prior stay below, so many codes each
  Tensor mean{}, std{};  // (d,) of the codes; 0 and 1 of the prior
  [[nodiscard]] bool is_within() const { return mmd <= band; }
};
/// Of at most `most` codes, the first; the band from `pairs` pairs. codes (N, d)    Throws as
/// maximum_mean_discrepancy, and DataError unless there are 20 pairs at least.
[[nodiscard]] PriorMatch match_with_normal(const Tensor& codes, std::int64_t most = 500,
                                           std::int64_t pairs = 100);

/// How much each number of the code says of an example.
struct PosteriorUse {
  Tensor nats{};               // (L,) KL(q(z_j|x) ‖ N(0, 1)), the mean over the examples
  std::int64_t collapsed = 0;  // numbers of less than 0.01 nats: their posterior is the prior whatever x is
  std::string warning{};       // empty unless most of the code has collapsed
};
/// means and log variances (N, L), as GaussianKind's posterior gives them
[[nodiscard]] PosteriorUse posterior_use(const Tensor& means, const Tensor& log_variances);

/// MMD² between samples and data in the code of a fixed network, such as a classifier's last layer but one,
/// at the scale of the data's mean squared distance there. Not below 0 by more than chance.
/// Throws as maximum_mean_discrepancy.
[[nodiscard]] double mmd_in_code(nn::Layer& network, const Tensor& samples, const Tensor& data);

/// The shares of the classes among samples, by the labels that a classifier gives them.
struct Coverage {
  Tensor shares{};           // (classes,) float64
  std::int64_t missing = 0;  // classes that have less than a tenth of an equal share
  double divergence = 0.0;   // KL(shares ‖ equal), nats; 0 if all are as frequent
};
/// labels (N,) int64. Throws DataError for none, IndexError for a label outside [0, classes).
[[nodiscard]] Coverage class_coverage(const Tensor& labels, std::int64_t classes);

}  // namespace hourglass::autoencoders
