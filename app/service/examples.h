#pragma once

#include <hourglass/app/service/model.h>

#include <functional>
#include <string>
#include <vector>

namespace hourglass::service {

/// Examples for the page's plane: rows as the model takes them, and what they are.
struct Examples {
  std::string source{};               // "mnist", "the training rows that the file keeps"; "" for none
  Tensor rows{};                      // (n, D) float32
  std::vector<std::string> labels{};  // n, or none
};
using FindExamples = std::function<Examples(const ServedModel&)>;

/// At most this many are shown, and so many numbers of codes.
inline constexpr std::int64_t kMostExamples = 2000, kMostCodeNumbers = 200'000;

/// What is there without being asked for: the test images that a model of digits was trained beside, if they
/// are found; else the training rows that the file keeps.
[[nodiscard]] Examples usual_examples(const ServedModel& model);

}  // namespace hourglass::service
