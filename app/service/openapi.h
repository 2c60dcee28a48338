#pragma once

#include <hourglass/app/service/model.h>

#include <string>

namespace hourglass::service {

/// The service as OpenAPI 3.0 describes it, with the model's shapes and columns.
[[nodiscard]] std::string openapi_of(const ServedModel& model);

}  // namespace hourglass::service
