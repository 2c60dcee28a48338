#pragma once

#include <hourglass/nn/module.h>

namespace hourglass::nn {

/// In training each element becomes 0 with probability `rate`, the others are divided by 1 − rate; nothing in
/// evaluation (Srivastava et al. 2014). Throws DataError unless 0 <= rate < 1.
class Dropout final : public Layer {
 public:
  explicit Dropout(double rate);
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  struct Config {
    double rate = 0.0;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("rate", c.rate);
    }
  };
  [[nodiscard]] Config config() const { return {rate_}; }
  static Dropout from_config(const Config& c) { return Dropout(c.rate); }

 private:
  double rate_;
};

/// Dropout of whole channels:  in training each channel of each example becomes 0 with probability `rate`,
/// the others are divided by 1 − rate (Tompson et al. 2015).    (N, H, W, C) -> (N, H, W, C)
/// Throws ShapeError for another rank, DataError unless 0 <= rate < 1.
class SpatialDropout2D final : public Layer {
 public:
  explicit SpatialDropout2D(double rate);
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  struct Config {
    double rate = 0.0;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("rate", c.rate);
    }
  };
  [[nodiscard]] Config config() const { return {rate_}; }
  static SpatialDropout2D from_config(const Config& c) { return SpatialDropout2D(c.rate); }

 private:
  double rate_;
};

}  // namespace hourglass::nn
