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

  struct Config {
    std::vector<std::int64_t> shape{};
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("shape", c.shape);
    }
  };
  [[nodiscard]] Config config() const { return {shape_}; }
  static Reshape from_config(const Config& c) { return Reshape(c.shape); }

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

  struct Config {
    std::int64_t n = 1;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("n", c.n);
    }
  };
  [[nodiscard]] Config config() const { return {n_}; }
  static RepeatVector from_config(const Config& c) { return RepeatVector(c.n); }

 private:
  std::int64_t n_;
};

}  // namespace hourglass::nn
