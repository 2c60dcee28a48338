#pragma once

#include <hourglass/autograd/ops/conv.h>
#include <hourglass/nn/layers/kernel_layer.h>

#include <array>
#include <optional>

/// Convolutional layers, with Keras's names, shapes and defaults. Images are channels last.
namespace hourglass::nn {

/// kernel, stride, padding, dilation, groups, and those of Dense.
using Conv2DLayerOptions = KernelOptions<Extent2, Padding, NoOption, std::int64_t>;

/// y = f(x * W + b), see conv2d.    (N, H, W, in) -> (N, H', W', out)
///
/// kernel (kh, kw, in/groups, out), Glorot-uniform with fans kh·kw·in/groups and kh·kw·out;  bias (out),
/// zeros. Throws ShapeError for an input of another rank or number of channels, a kernel larger than the
/// image, or options below 1; DTypeError for another type.
class Conv2D final : public KernelLayer {
 public:
  Conv2D(std::int64_t in, std::int64_t out, const Conv2DLayerOptions& options = {});
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;  // "1 -> 8, kernel 3x3, stride 2, same, relu"

  using Config = InOut<Conv2DLayerOptions>;
  [[nodiscard]] Config config() const;
  static Conv2D from_config(const Config& c) { return {c.in, c.out, c.options}; }

 private:
  Conv2DOptions options_;
};

/// kernel, stride, padding, dilation, groups, and those of Dense.
using Conv1DLayerOptions = KernelOptions<std::int64_t, Padding, NoOption, std::int64_t>;

/// The same along one axis.    (N, L, in) -> (N, L', out);  kernel (k, in/groups, out)
class Conv1D final : public KernelLayer {
 public:
  Conv1D(std::int64_t in, std::int64_t out, const Conv1DLayerOptions& options = {});
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  using Config = InOut<Conv1DLayerOptions>;
  [[nodiscard]] Config config() const;
  static Conv1D from_config(const Config& c) { return {c.in, c.out, c.options}; }

 private:
  Conv1DOptions options_;
};

/// kernel, stride, padding (valid or same), output_padding, dilation, and those of Dense.
using ConvTranspose2DOptions = KernelOptions<Extent2, Padding, std::optional<Extent2>>;

/// The transposed convolution: what a Conv2D with these options does to a gradient, used to make images
/// larger.    (N, H, W, in) -> (N, H', W', out)
///
/// H' = H s with same, H s + max((k − 1) d + 1 − s, 0) with valid padding; with output_padding p
/// H' = (H − 1) s + (k − 1) d + 1 − 2 r + p, where r = ⌊((k − 1) d + 1) / 2⌋ with same and 0 with valid, as
/// Keras computes it. kernel (kh, kw, out, in), Glorot-uniform;  bias (out), zeros. Throws as Conv2D does.
class ConvTranspose2D final : public KernelLayer {
 public:
  ConvTranspose2D(std::int64_t in, std::int64_t out, const ConvTranspose2DOptions& options = {});
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  using Config = InOut<ConvTranspose2DOptions>;
  [[nodiscard]] Config config() const;
  static ConvTranspose2D from_config(const Config& c) { return {c.in, c.out, c.options}; }

 private:
  Conv2DOptions options_;
  std::optional<Extent2> output_padding_;
};

/// kernel, stride, padding (valid or same), output_padding, dilation, and those of Dense.
using Conv1DTransposeOptions = KernelOptions<std::int64_t, Padding, std::optional<std::int64_t>>;

/// The same along one axis.    (N, L, in) -> (N, L', out);  kernel (k, out, in)
class Conv1DTranspose final : public KernelLayer {
 public:
  Conv1DTranspose(std::int64_t in, std::int64_t out, const Conv1DTransposeOptions& options = {});
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  using Config = InOut<Conv1DTransposeOptions>;
  [[nodiscard]] Config config() const;
  static Conv1DTranspose from_config(const Config& c) { return {c.in, c.out, c.options}; }

 private:
  Conv1DOptions options_;
  std::optional<std::int64_t> output_padding_;
};

/// kernel, stride, padding, dilation, depth_multiplier, and those of Dense.
using DepthwiseConv2DOptions = KernelOptions<Extent2, Padding, NoOption, NoOption, std::int64_t>;

/// Each channel convolved by itself: y[…, c m + j] = x[…, c] * W[:, :, c, j].
/// (N, H, W, channels) -> (N, H', W', channels · m);  kernel (kh, kw, channels, m). Throws as Conv2D does.
class DepthwiseConv2D final : public KernelLayer {
 public:
  explicit DepthwiseConv2D(std::int64_t channels, const DepthwiseConv2DOptions& options = {});
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

  using Config = Channels<DepthwiseConv2DOptions>;
  [[nodiscard]] Config config() const;
  static DepthwiseConv2D from_config(const Config& c) { return DepthwiseConv2D(c.channels, c.options); }

 private:
  Conv2DOptions options_;
};

}  // namespace hourglass::nn
