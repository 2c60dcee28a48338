#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

Variable Sequential::forward(const Variable& x) {
  Variable y = x;
  for (const auto& layer : layers_) y = (*layer)(y);
  return y;
}

std::string Sequential::details() const {
  return std::to_string(layers_.size()) + (layers_.size() == 1 ? " layer" : " layers");
}

Layer& Sequential::operator[](std::size_t i) {
  if (i >= layers_.size())
    throw IndexError("Sequential: layer {} of {}; indices start at 0", i, layers_.size());
  return *layers_[i];
}

}  // namespace hourglass::nn
