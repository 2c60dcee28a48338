#pragma once

#include <hourglass/autograd/ops/pool.h>
#include <hourglass/nn/module.h>

#include <optional>

/// Layers that change the length of sequences (N, L, C), with Keras's names and defaults: those of pool.h
/// along one axis.
namespace hourglass::nn {

struct Pool1DOptions {
  std::int64_t window = 2;
  std::optional<std::int64_t> stride{};  // the window's length, if not given
  Padding padding = Padding::valid;      // given: left and right count
};
template <class V>
void visit(Pool1DOptions& o, V&& v) {
  v("window", o.window), v("stride", o.stride), v("padding", o.padding);
}

/// The largest value of each window, see max_pool2d.    (N, L, C) -> (N, L', C)
class MaxPool1D final : public Layer {
 public:
  explicit MaxPool1D(const Pool1DOptions& options = {}) : options_(options) {}
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;  // "2", "3, stride 2, same"

  using Config = Pool1DOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  Pool1DOptions options_;
};

/// The mean of each window, see average_pool2d.
class AveragePool1D final : public Layer {
 public:
  explicit AveragePool1D(const Pool1DOptions& options = {}) : options_(options) {}
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  using Config = Pool1DOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  Pool1DOptions options_;
};

struct UpSampling1DOptions {
  std::int64_t factor = 2;
};
template <class V>
void visit(UpSampling1DOptions& o, V&& v) {
  v("factor", o.factor);
}
/// Each step so many times.    (N, L, C) -> (N, L f, C)
class UpSampling1D final : public Layer {
 public:
  explicit UpSampling1D(const UpSampling1DOptions& options = {}) : options_(options) {}
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;  // "2"

  using Config = UpSampling1DOptions;
  [[nodiscard]] const Config& config() const { return options_; }

 private:
  UpSampling1DOptions options_;
};

}  // namespace hourglass::nn
