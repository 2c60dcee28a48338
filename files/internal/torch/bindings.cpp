#include <hourglass/files/internal/torch/bindings.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/views.h>

namespace hourglass::files::torch {

namespace {

// An axis of extents (first, rest) in one becomes one of (rest, first).
Tensor swapped(const Tensor& x, int axis, std::int64_t first) {
  std::int64_t before = 1, after = 1;
  for (int i = 0; i < x.rank(); ++i) (i < axis ? before : after) *= i == axis ? 1 : x.shape(i);
  const Tensor parts = reshape(x.contiguous(), {before, first, x.shape(axis) / first, after});
  return reshape(permute(parts, {0, 2, 1, 3}).contiguous(), x.shape());
}

std::vector<int> inverse(const std::vector<int>& axes) {
  std::vector<int> out(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) out[static_cast<std::size_t>(axes[i])] = static_cast<int>(i);
  return out;
}

}  // namespace

Binding same(const std::string& ours, const std::string& theirs, const Tensor& value) {
  return {.ours = ours,
          .theirs = {theirs},
          .value = value,
          .to_theirs = [](const Tensor& x) { return std::vector{x}; },
          .to_ours = [](std::span<const Tensor> x) { return x[0]; }};
}

Binding permuted(const std::string& ours, const std::string& theirs, const Tensor& value,
                 const std::vector<int>& axes, const Shape& split) {
  return {
      .ours = ours,
      .theirs = {theirs},
      .value = value,
      .to_theirs =
          [axes, split](const Tensor& x) {
            return std::vector{permute(reshape(x.contiguous(), split), axes).contiguous()};
          },
      .to_ours = [back = inverse(axes), shape = value.shape()](
                     std::span<const Tensor> x) { return reshape(permute(x[0], back).contiguous(), shape); }};
}

Binding permuted(const std::string& ours, const std::string& theirs, const Tensor& value,
                 const std::vector<int>& axes) {
  return permuted(ours, theirs, value, axes, value.shape());
}

Binding sum_of_two(const std::string& ours, const std::string& first, const std::string& second,
                   const Tensor& value) {
  return {.ours = ours,
          .theirs = {first, second},
          .value = value,
          .to_theirs =
              [](const Tensor& x) {
                return std::vector{x, zeros_like(x)};
              },
          .to_ours = [](std::span<const Tensor> x) { return x[0] + x[1]; }};
}

Binding two_rows(const std::string& ours, const std::string& first, const std::string& second,
                 const Tensor& value) {
  return {.ours = ours,
          .theirs = {first, second},
          .value = value,
          .to_theirs =
              [](const Tensor& x) {
                return std::vector{x[0].contiguous(), x[1].contiguous()};
              },
          .to_ours =
              [](std::span<const Tensor> x) {
                return stack({x[0], x[1]});
              }};
}

Binding first_two_changed(Binding binding, int axis) {
  const auto changed = [axis](const Tensor& x) {
    const std::vector<Tensor> part = split(x, 3, axis);
    return concat({part[1], part[0], part[2]}, axis);
  };
  binding.to_theirs = [inner = std::move(binding.to_theirs), changed](const Tensor& x) {
    std::vector<Tensor> out = inner(x);
    for (Tensor& t : out) t = changed(t);
    return out;
  };
  binding.to_ours = [inner = std::move(binding.to_ours), changed](std::span<const Tensor> x) {
    std::vector<Tensor> in;
    for (const Tensor& t : x) in.push_back(changed(t));
    return inner(in);
  };
  return binding;
}

Binding constant(const std::string& theirs, const Tensor& value) {
  return {.ours = {},
          .theirs = {theirs},
          .value = value,
          .to_theirs = [](const Tensor& x) { return std::vector{x}; },
          .to_ours = {}};
}

Binding with_image_axis(Binding binding, ImageAxis image) {
  if (image.channels == 0) return binding;
  const int axis = image.axis;
  const std::int64_t channels = image.channels;
  binding.to_theirs = [inner = std::move(binding.to_theirs), axis, channels](const Tensor& x) {
    std::vector<Tensor> out = inner(x);
    for (Tensor& t : out) t = swapped(t, axis, t.shape(axis) / channels);
    return out;
  };
  binding.to_ours = [inner = std::move(binding.to_ours), axis, channels](std::span<const Tensor> x) {
    std::vector<Tensor> in;
    for (const Tensor& t : x) in.push_back(swapped(t, axis, channels));
    return inner(in);
  };
  return binding;
}

}  // namespace hourglass::files::torch
