#pragma once

#include <hourglass/nn/module.h>

namespace hourglass::nn {

/// In training adds noise from N(0, stddev²); nothing in evaluation. Throws DataError for a negative stddev.
class GaussianNoise final : public Layer {
 public:
  explicit GaussianNoise(double stddev);
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

 private:
  double stddev_;
};

}  // namespace hourglass::nn
