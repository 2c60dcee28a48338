#include <hourglass/tensor/kernels/conv/geometry.h>

#include <algorithm>

namespace hourglass::detail {

namespace {

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::vector<std::int64_t> tap_offsets(std::int64_t taps, std::int64_t dilation, std::int64_t pad) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < taps; ++i) out.push_back(i * dilation - pad);
  return out;
}

// Along one axis: the places first, first + s, … of the image see the taps i for which first − offset[i] is a
// multiple of s, at the output's places (first − offset[i]) / s, ….
struct Phase {
  std::int64_t first, places;
  std::vector<std::int64_t> taps, offsets;
};

std::vector<Phase> phases_along(std::int64_t extent, std::int64_t stride,
                                const std::vector<std::int64_t>& offsets) {
  std::vector<Phase> out;
  for (std::int64_t first = 0; first < std::min(stride, extent); ++first) {
    Phase phase{first, (extent - first + stride - 1) / stride, {}, {}};
    for (std::size_t i = offsets.size(); i-- > 0;) {
      if ((first - offsets[i]) % stride != 0) continue;
      phase.taps.push_back(static_cast<std::int64_t>(i));
      phase.offsets.push_back(floor_div(first - offsets[i], stride));
    }
    out.push_back(std::move(phase));
  }
  return out;
}

}  // namespace

bool ConvPlan::dense_rows() const {
  for (std::size_t j = 1; j < tap_columns.size(); ++j) {
    if (tap_columns[j] != tap_columns[j - 1] + 1) return false;
  }
  return groups() == 1;
}

bool ConvPlan::dense_output() const {
  return out_step == Extent2(1) && pass_width() == out_channels && rows == out_rows && columns == out_columns;
}

std::int64_t tile_places(const ConvPlan& plan) {
  constexpr std::int64_t kTileElements = std::int64_t{48} << 10, kLeast = 16, kMost = 1024;
  constexpr double kWorthTwo = 2.0e6;  // flops below which a second thread does not pay
  const std::int64_t depth = std::max<std::int64_t>(plan.depth(), 1), places = plan.places();
  const std::int64_t most = std::clamp(kTileElements / depth, kLeast, kMost);
  const double flops = 2.0 * static_cast<double>(places) * static_cast<double>(depth * plan.pass_width());
  const std::int64_t tiles = std::max<std::int64_t>((places + most - 1) / most, flops < kWorthTwo ? 1 : 2);
  const std::int64_t each = (places + tiles - 1) / tiles;
  return std::max<std::int64_t>((each + 7) / 8 * 8, 1);
}

ConvPlan plan_of(const ConvExtents& e) {
  const Extent2 out = e.output();
  return {.images = e.images,
          .rows = out.rows,
          .columns = out.columns,
          .step = e.stride,
          .tap_rows = tap_offsets(e.kernel.rows, e.dilation.rows, e.top),
          .tap_columns = tap_offsets(e.kernel.columns, e.dilation.columns, e.left),
          .in_rows = e.image.rows,
          .in_columns = e.image.columns,
          .in_channels = e.in_channels,
          .channels = e.channels(),
          .out_first = 0,
          .out_step = 1,
          .out_rows = out.rows,
          .out_columns = out.columns,
          .out_channels = e.out_channels,
          .width = e.out_channels / e.groups};
}

std::vector<PhasePlan> plan_phases(const ConvPlan& forward) {
  std::vector<PhasePlan> out;
  const auto columns = static_cast<std::int64_t>(forward.tap_columns.size());
  for (const Phase& r : phases_along(forward.in_rows, forward.step.rows, forward.tap_rows)) {
    for (const Phase& c : phases_along(forward.in_columns, forward.step.columns, forward.tap_columns)) {
      ConvPlan plan = forward;
      plan.rows = r.places, plan.columns = c.places, plan.step = 1;
      plan.tap_rows = r.offsets, plan.tap_columns = c.offsets;
      plan.in_rows = forward.out_rows, plan.in_columns = forward.out_columns;
      plan.in_channels = forward.out_channels, plan.channels = forward.width;
      plan.out_first = {r.first, c.first}, plan.out_step = forward.step;
      plan.out_rows = forward.in_rows, plan.out_columns = forward.in_columns;
      plan.out_channels = forward.in_channels, plan.width = forward.channels;
      out.push_back({std::move(plan), r.taps, c.taps, columns});
    }
  }
  return out;
}

}  // namespace hourglass::detail
