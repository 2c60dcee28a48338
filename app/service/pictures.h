#pragma once

#include <hourglass/app/service/model.h>

#include <string>
#include <string_view>
#include <vector>

namespace hourglass::service {

/// PNG files as rows of a model of images.    -> (N, D) float32 in [0, 1]
/// Colours become grey and the other way round as the model has it. Throws Refusal (400) for what is no PNG
/// of the model's height and width.
[[nodiscard]] Tensor rows_of_pictures(const ServedModel& model, const std::vector<std::string_view>& files);

/// Rows as one PNG: the image, or several side by side.    (N, D) in [0, 1]
[[nodiscard]] std::string picture_of_rows(const ServedModel& model, const Tensor& rows);

}  // namespace hourglass::service
