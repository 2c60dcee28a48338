#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/pool1d.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

namespace {

// As images (N, 1, L, C).
Variable as_images(const Layer& layer, const Variable& x) {
  if (x.rank() != 3)
    throw ShapeError("{} expects sequences (N, L, C), got an input of shape {}; Reshape makes steps of it",
                     layer.describe(), x.shape());
  return unsqueeze(x, 1);
}

Pool2DOptions along_columns(const Pool1DOptions& o) {
  const Padding& p = o.padding;
  Pool2DOptions out{.window = {1, o.window},
                    .padding = p.kind == Padding::Kind::given ? Padding(0, 0, p.left, p.right) : p};
  if (o.stride) out.stride = Extent2(1, *o.stride);
  return out;
}

std::string text(const Pool1DOptions& o) {
  std::string s = std::to_string(o.window);
  if (o.stride && *o.stride != o.window) s += ", stride " + std::to_string(*o.stride);
  if (o.padding.kind == Padding::Kind::same) s += ", same";
  return s;
}

}  // namespace

Variable MaxPool1D::forward(const Variable& x) {
  return squeeze(max_pool2d(as_images(*this, x), along_columns(options_)), 1);
}
std::string MaxPool1D::details() const { return text(options_); }

Variable AveragePool1D::forward(const Variable& x) {
  return squeeze(average_pool2d(as_images(*this, x), along_columns(options_)), 1);
}
std::string AveragePool1D::details() const { return text(options_); }

Variable UpSampling1D::forward(const Variable& x) {
  return squeeze(upsample2d(as_images(*this, x), {1, options_.factor}), 1);
}
std::string UpSampling1D::details() const { return std::to_string(options_.factor); }

}  // namespace hourglass::nn
