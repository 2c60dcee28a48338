#pragma once

#include <hourglass/tensor/ops/conv.h>

#include <optional>

/// Pooling and its opposite, over images (N, H, W, C). Each throws ShapeError for another rank, a window
/// larger than the padded image or a padding not smaller than the window, DTypeError unless floating.
namespace hourglass {

struct Pool2DOptions {
  Extent2 window = 2;
  std::optional<Extent2> stride{};  // the window's size, if not given
  Padding padding = Padding::valid;
};

template <class V>
void visit(Pool2DOptions& o, V&& v) {
  v("window", o.window), v("stride", o.stride), v("padding", o.padding);
}

/// The largest value in each window, for each channel. Places outside the image do not count; nan wins.
/// (N, H, W, C) -> (N, H', W', C), H' as for conv2d
[[nodiscard]] Tensor max_pool2d(const Tensor& x, const Pool2DOptions& options = {});
/// Its gradient: dy goes to the first place in each window that has its largest value. y = max_pool2d(x).
[[nodiscard]] Tensor max_pool2d_grad(const Tensor& dy, const Tensor& x, const Tensor& y,
                                     const Pool2DOptions& options = {});
/// The adjoint of that: what g, of x's shape, has at those places.
[[nodiscard]] Tensor max_pool2d_take(const Tensor& g, const Tensor& x, const Tensor& y,
                                     const Pool2DOptions& options = {});

/// The mean of each window over the places that lie inside the image, as in TensorFlow.
[[nodiscard]] Tensor average_pool2d(const Tensor& x, const Pool2DOptions& options = {});
/// Its adjoint, for images of the given shape.
[[nodiscard]] Tensor average_pool2d_grad(const Tensor& dy, const Shape& image,
                                         const Pool2DOptions& options = {});

enum class Interpolation : std::uint8_t {
  nearest,
  bilinear,  // between pixel centres, the edge continued (Keras; PyTorch's align_corners = false)
};
constexpr auto enum_names(Interpolation /*of*/) {
  return std::to_array<const char*>({"nearest", "bilinear"});
}

/// Images made larger by whole factors.    (N, H, W, C) -> (N, H f, W f, C)
/// Throws ShapeError for a factor below 1.
[[nodiscard]] Tensor upsample2d(const Tensor& x, Extent2 factor, Interpolation kind = Interpolation::nearest);
/// Its adjoint:  (N, H f, W f, C) -> (N, H, W, C).
[[nodiscard]] Tensor upsample2d_grad(const Tensor& dy, Extent2 factor,
                                     Interpolation kind = Interpolation::nearest);

}  // namespace hourglass
