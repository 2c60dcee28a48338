#pragma once

#include <hourglass/tensor/tensor.h>
#include <array>

namespace hourglass::autoencoders {

/// What is done to an example before it is to be restored (Vincent et al. 2010).
struct Corruption {
  enum class Noise : std::uint8_t {
    gaussian,         // x + s · N(0, 1); s >= 0
    masking,          // each element becomes 0 with probability s
    salt_and_pepper,  // each element becomes 0 or 1, each with probability s / 2
  };
  Noise noise = Noise::gaussian;
  double strength = 0.4;
  bool clip = false;  // gaussian: to [0, 1], for images; of data of another range it would cut off most
};
constexpr auto enum_names(Corruption::Noise /*of*/) {
  return std::to_array<const char*>({"gaussian", "masking", "salt_and_pepper"});
}
template <class V>
void visit(Corruption& o, V&& v) {
  v("noise", o.noise), v("strength", o.strength), v("clip", o.clip);
}

/// Examples with noise from the default generator, of the same shape and type. Throws DataError for a
/// strength out of range, DTypeError unless floating.
[[nodiscard]] Tensor corrupt(const Tensor& x, const Corruption& corruption);

}  // namespace hourglass::autoencoders
