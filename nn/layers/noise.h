#pragma once

#include <hourglass/nn/module.h>

namespace hourglass::nn {

/// In training adds noise from N(0, stddev²); nothing in evaluation. Throws DataError for a negative stddev.
class GaussianNoise final : public Layer {
 public:
  explicit GaussianNoise(double stddev);
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  struct Config {
    double stddev = 0.0;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("stddev", c.stddev);
    }
  };
  [[nodiscard]] Config config() const { return {stddev_}; }
  static GaussianNoise from_config(const Config& c) { return GaussianNoise(c.stddev); }

 private:
  double stddev_;
};

}  // namespace hourglass::nn
