#pragma once

#include <hourglass/autograd/ops/conv.h>
#include <hourglass/nn/layers/kernel_layer.h>

#include <array>
#include <optional>

/// Convolutional layers, with Keras's names, shapes and defaults. Images are channels last.
namespace hourglass::nn {

struct Conv2DLayerOptions {
  Extent2 kernel = 3;
  Extent2 stride = 1;
  Padding padding = Padding::valid;
  Extent2 dilation = 1;
  std::int64_t groups = 1;
  Activation activation = Activation::linear;
  bool bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{};
  Regularizer activity_regularizer{};  // on the output, divided by the batch size
  DType dtype = float32;
};

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

 private:
  Conv2DOptions options_;
};

struct Conv1DLayerOptions {
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  Padding padding = Padding::valid;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  Activation activation = Activation::linear;
  bool bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{};
  Regularizer activity_regularizer{};
  DType dtype = float32;
};

/// The same along one axis.    (N, L, in) -> (N, L', out);  kernel (k, in/groups, out)
class Conv1D final : public KernelLayer {
 public:
  Conv1D(std::int64_t in, std::int64_t out, const Conv1DLayerOptions& options = {});
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

 private:
  Conv1DOptions options_;
};

struct ConvTranspose2DOptions {
  Extent2 kernel = 3;
  Extent2 stride = 1;
  Padding padding = Padding::valid;         // valid or same
  std::optional<Extent2> output_padding{};  // rows and columns more at the end; below the stride
  Extent2 dilation = 1;
  Activation activation = Activation::linear;
  bool bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{};
  Regularizer activity_regularizer{};
  DType dtype = float32;
};

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

 private:
  Conv2DOptions options_;
  std::optional<Extent2> output_padding_;
};

struct DepthwiseConv2DOptions {
  Extent2 kernel = 3;
  Extent2 stride = 1;
  Padding padding = Padding::valid;
  Extent2 dilation = 1;
  std::int64_t depth_multiplier = 1;  // output channels for each input channel
  Activation activation = Activation::linear;
  bool bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros_initializer;
  Regularizer kernel_regularizer{};
  Regularizer activity_regularizer{};
  DType dtype = float32;
};

/// Each channel convolved by itself: y[…, c m + j] = x[…, c] * W[:, :, c, j].
/// (N, H, W, channels) -> (N, H', W', channels · m);  kernel (kh, kw, channels, m). Throws as Conv2D does.
class DepthwiseConv2D final : public KernelLayer {
 public:
  explicit DepthwiseConv2D(std::int64_t channels, const DepthwiseConv2DOptions& options = {});
  Variable forward(const Variable& x) override;
  [[nodiscard]] std::string details() const override;

 private:
  Conv2DOptions options_;
};

}  // namespace hourglass::nn
