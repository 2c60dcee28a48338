#pragma once

#include <hourglass/nn/module.h>

#include <vector>

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

}  // namespace hourglass::nn
