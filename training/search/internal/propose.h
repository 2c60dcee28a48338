#pragma once

#include <hourglass/training/search/internal/numbers.h>
#include <hourglass/training/search/internal/space.h>
#include <hourglass/training/search/options.h>

#include <vector>

namespace hourglass::training::detail {

/// Uniform on every axis that applies, of logarithmic ones the logarithm.
[[nodiscard]] Places propose_at_random(const Space& space, Numbers& numbers);

/// What earlier trials have shown: their places from the best trial to the worst, and how many are good ones.
struct Ranking {
  std::vector<const Places*> places;
  std::size_t good = 0;
};

/// Of `candidates` points drawn from ℓ the one with the largest ℓ/g; both are products over the axes that
/// apply.
[[nodiscard]] Places propose_by_parzen(const Space& space, const Ranking& ranking, std::int64_t candidates,
                                       Numbers& numbers);

/// The density of places on one axis, given some:
///
///   of a list     p_i ∝ 1 + C_i, with C_i how many of them are i
///   of a range    an equal mixture of the uniform density and, for each of the n places, of a normal one
///                 around it, cut off at the ends; its σ is the larger distance to its neighbours (the ends
///                 are some too), but within (b - a) / min(100, 1 + n) and b - a
///
/// in the logarithm where the axis is logarithmic (Bergstra et al. 2011, section 4).
class Parzen {
 public:
  Parzen(const Axis& axis, const std::vector<double>& places);
  [[nodiscard]] double draw(Numbers& numbers) const;
  [[nodiscard]] double density(double place) const;

 private:
  struct Normal {
    double mean, sigma, mass;  // mass: its share between the ends
  };
  const Axis* axis_;
  double a_ = 0.0, b_ = 0.0;
  std::vector<Normal> normals_;
  std::vector<double> weights_;  // of a list
};

}  // namespace hourglass::training::detail
