#pragma once

#include <hourglass/tensor/base/philox.h>

#include <cstdint>

namespace hourglass::training::detail {

/// The random numbers of one trial: a pure function of the search's seed and the trial's index, so they are
/// the same whichever thread asks, and whatever was drawn for other trials.
class Numbers {
 public:
  Numbers(std::uint64_t seed, std::int64_t trial)
      : seed_(seed), stream_(kStream + 3 * static_cast<std::uint64_t>(trial)) {}

  /// What the trial itself draws from.
  [[nodiscard]] std::uint64_t seed_of_trial() const {
    std::uint32_t words[2];
    fill_bits(words, 0, 2, seed_, stream_);
    return ((std::uint64_t{words[1]} << 32) | words[0]) >> 1;  // one that fits into options' whole numbers
  }
  double uniform() {
    double u = 0.0;
    fill_uniform(&u, uniforms_++, 1, seed_, stream_ + 1);
    return u;
  }
  double normal() {
    double z = 0.0;
    fill_normal(&z, normals_++, 1, seed_, stream_ + 2);
    return z;
  }

 private:
  // Apart from the streams that are given to generators by hand: small numbers.
  static constexpr std::uint64_t kStream = ((std::uint64_t{1} << 23) - 1) << 40;
  std::uint64_t seed_, stream_;
  std::int64_t uniforms_ = 0, normals_ = 0;
};

}  // namespace hourglass::training::detail
