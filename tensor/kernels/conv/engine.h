#pragma once

#include <hourglass/tensor/kernels/conv/geometry.h>
#include <hourglass/tensor/kernels/product/tile.h>

#include <algorithm>
#include <type_traits>
#include <vector>

/// Which way a convolution is computed: decided here, and nowhere else.
namespace hourglass::detail {

enum class ConvEngine : std::uint8_t {
  tiles,     // register tiles over padded images (packed.h)
  gathered,  // one output channel: register tiles for what each tap makes of each pixel, then sums of that
  patches    // im2col and OpenBLAS, direct loops for single channels (patches.h)
};

/// By element type, processor, groups and shape of a convolution or of one phase of its input gradient.
template <class T>
[[nodiscard]] ConvEngine engine_of(const ConvPlan& plan) {
  constexpr std::int64_t kMostGathered = 32;  // taps
  if (!std::is_same_v<T, float> || !has_register_tiles()) return ConvEngine::patches;
  if (plan.groups() > 1 || !plan.dense_rows()) return ConvEngine::patches;
  if (plan.width > 1) return ConvEngine::tiles;
  return plan.taps() <= kMostGathered ? ConvEngine::gathered : ConvEngine::patches;
}

/// Of all phases of an input gradient, which are computed the same way.
template <class T>
[[nodiscard]] ConvEngine engine_of(const std::vector<PhasePlan>& phases) {
  const auto tiled = [](const PhasePlan& p) { return engine_of<T>(p.plan) == ConvEngine::tiles; };
  if (!phases.empty() && std::all_of(phases.begin(), phases.end(), tiled)) return ConvEngine::tiles;
  const bool gathered = phases.size() == 1 && engine_of<T>(phases[0].plan) == ConvEngine::gathered;
  return gathered ? ConvEngine::gathered : ConvEngine::patches;
}

}  // namespace hourglass::detail
