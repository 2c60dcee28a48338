#pragma once

#include <hourglass/nn/module.h>

#include <optional>

namespace hourglass::nn {

/// Throws ShapeError unless x is a batch of images (N, H, W, C), with so many channels if a number is given.
/// The text says how an input of another rank may have come about and what to do: rows of flattened images,
/// or images without an axis of channels.
void expect_images(const Layer& layer, const Variable& x, std::optional<std::int64_t> channels = {});

}  // namespace hourglass::nn
