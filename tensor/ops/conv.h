#pragma once

#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/base/extent2.h>
#include <hourglass/tensor/tensor.h>

#include <cstdint>

/// Convolution: one trilinear form in image x, kernel w and output y,
///
///     Σ  y[n, p, q, o] · x[n, p s + i d − top, q s + j d − left, c] · w[i, j, c, o]
///   n p q i j c o
///
/// and its three faces, each linear in the two others and the gradient of each other. Images are channels
/// last, places outside the image count as 0.
namespace hourglass {

/// How far an image is extended with zeros before a window slides over it.
///
/// valid: not at all.  same: so that the output has ⌈extent / stride⌉ places, an odd zero at the end (as in
/// TensorFlow and Keras).  Or by given numbers of rows and columns: {.padding = 1}.
struct Padding {
  enum class Kind : std::uint8_t { valid, same, given };

  constexpr Padding(std::int64_t everywhere)  // NOLINT(google-explicit-constructor)
      : Padding(everywhere, everywhere, everywhere, everywhere) {}
  constexpr Padding(std::int64_t at_top, std::int64_t at_bottom, std::int64_t at_left, std::int64_t at_right)
      : top(at_top), bottom(at_bottom), left(at_left), right(at_right) {}

  static const Padding valid, same;
  friend constexpr bool operator==(const Padding&, const Padding&) = default;

  Kind kind = Kind::given;
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;

 private:
  constexpr explicit Padding(Kind of_kind) : kind(of_kind) {}
};
inline constexpr Padding Padding::valid{Padding::Kind::valid};
inline constexpr Padding Padding::same{Padding::Kind::same};

/// "valid", "same", or the four numbers, "1,1,1,1"; from_text throws DataError for another text.
[[nodiscard]] std::string to_text(const Padding& padding);
void from_text(std::string_view text, Padding& padding);

struct Conv2DOptions {
  Extent2 stride = 1;
  Padding padding = Padding::valid;
  Extent2 dilation = 1;     // distance between the kernel's taps
  std::int64_t groups = 1;  // channels fall into so many groups, each with its own kernels
};

/// y = f(x * w + b).    x (N, H, W, C), w (kh, kw, C/groups, O), b (O) -> (N, H', W', O)
/// with H' = ⌊(H + top + bottom − (kh − 1) d − 1) / s⌋ + 1. b may be null.
///
/// Throws ShapeError if ranks, channels, groups or the bias do not fit, if the kernel is larger than the
/// padded image, or a stride or dilation is below 1; DTypeError unless all are float32 or all float64.
/// Method: float32 with AVX-512, one group and no dilation of columns: register tiles over padded images.
/// Otherwise im2col tile by tile, each tile in cache, and one GEMM a tile (Chellapilla et al., 2006); one
/// input or one output channel of a group takes a direct loop. tensor/kernels/conv/engine.h decides.
[[nodiscard]] Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor* b = nullptr,
                            const Conv2DOptions& options = {}, Epilogue f = Epilogue::none);

/// The gradient of conv2d with respect to its image, which is the transposed convolution: x = f(wᵀ * y + b).
/// y (N, H', W', O) -> (N, H, W, C), for an image of the given extents; b (C) may be null. Throws as conv2d
/// does, and ShapeError if the convolution of such an image has another shape than y.
/// Method: the image falls into s × s grids of places that see the same taps; on each it is a convolution of
/// y without stride.
[[nodiscard]] Tensor conv2d_input_grad(const Tensor& y, const Tensor& w, Extent2 image,
                                       const Conv2DOptions& options = {}, const Tensor* b = nullptr,
                                       Epilogue f = Epilogue::none);

/// The gradient of conv2d with respect to its kernel:  w = Σ over images and places of patchᵀ y.
/// x (N, H, W, C), y (N, H', W', O) -> (kh, kw, C/groups, O). Throws as conv2d_input_grad does.
[[nodiscard]] Tensor conv2d_kernel_grad(const Tensor& x, const Tensor& y, Extent2 kernel,
                                        const Conv2DOptions& options = {});

/// What the inputs of a convolution get from the gradient dy of its output y = f(z), with dz = dy f'(z).
struct ConvGradients {
  Tensor input, kernel, bias;  // input: empty unless asked for;  bias = Σ over images and places of dz
};
/// Of conv2d(x, w, b, options, f). What is made of an image stays in cache until all three have used it.
/// Throws as conv2d does.
[[nodiscard]] ConvGradients conv2d_gradients(const Tensor& dy, const Tensor& y, const Tensor& x,
                                             const Tensor& w, const Conv2DOptions& options, Epilogue f,
                                             bool with_input);
/// Of conv2d_input_grad(x, w, image, options, b, f), the transposed convolution.
[[nodiscard]] ConvGradients conv2d_input_grad_gradients(const Tensor& dy, const Tensor& y, const Tensor& x,
                                                        const Tensor& w, const Conv2DOptions& options,
                                                        Epilogue f, bool with_input);

struct Conv1DOptions {
  std::int64_t stride = 1;
  Padding padding = Padding::valid;  // given: left and right count
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
};
/// The same for images (N, 1, L, C) and kernels (1, k, C/groups, O), which conv1d is.
[[nodiscard]] Conv2DOptions along_columns(const Conv1DOptions& options);

/// Convolution along one axis.    x (N, L, C), w (k, C/groups, O), b (O) -> (N, L', O)
/// Throws as conv2d does.
[[nodiscard]] Tensor conv1d(const Tensor& x, const Tensor& w, const Tensor* b = nullptr,
                            const Conv1DOptions& options = {}, Epilogue f = Epilogue::none);

/// Throws ShapeError that names the option unless strides and dilations are 1 or more and paddings 0 or more;
/// `op` stands at the beginning of the text.
void expect_conv_options(const char* op, const Conv2DOptions& options);

/// The options with the padding as numbers, for images of these extents and kernels of this size. Throws
/// ShapeError as expect_conv_options, or for a negative extent.
[[nodiscard]] Conv2DOptions with_explicit_padding(const Conv2DOptions& options, Extent2 image,
                                                  Extent2 kernel);

}  // namespace hourglass
