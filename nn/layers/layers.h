#pragma once

#include <hourglass/nn/module.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::nn {

/// All axes but the first become one:  (N, …) -> (N, Π…).
struct Flatten final : Layer {
  Variable forward(const Variable& x) override;
};

/// (N, …) -> (N, shape…); one extent may be −1. Throws ShapeError if the numbers of elements differ.
class Reshape final : public Layer {
 public:
  explicit Reshape(std::vector<std::int64_t> shape) : shape_(std::move(shape)) {}
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

 private:
  std::vector<std::int64_t> shape_;
};

/// The same features at each of n steps:  (N, features) -> (N, n, features).
/// Throws DataError for n < 1, ShapeError for an input of another rank.
class RepeatVector final : public Layer {
 public:
  explicit RepeatVector(std::int64_t n);
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

 private:
  std::int64_t n_;
};

/// In training each element becomes 0 with probability `rate`, the others are divided by 1 − rate; nothing in
/// evaluation (Srivastava et al. 2014). Throws DataError unless 0 <= rate < 1.
class Dropout final : public Layer {
 public:
  explicit Dropout(double rate);
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

 private:
  double rate_;
};

/// Dropout of whole channels:  in training each channel of each example becomes 0 with probability `rate`,
/// the others are divided by 1 − rate (Tompson et al. 2015).    (N, H, W, C) -> (N, H, W, C) Throws
/// ShapeError for another rank, DataError unless 0 <= rate < 1.
class SpatialDropout2D final : public Layer {
 public:
  explicit SpatialDropout2D(double rate);
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

 private:
  double rate_;
};

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
