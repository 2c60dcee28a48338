#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

Variable Flatten::forward(const Variable& x) {
  if (x.rank() < 1)
    throw ShapeError("Flatten: needs a batch axis, got shape {}; unsqueeze(x, 0) adds one", x.shape());
  const std::int64_t rows = x.shape(0);
  return reshape(x, {rows, x.shape().without(0).size()});
}

Variable Reshape::forward(const Variable& x) {
  if (x.rank() < 1)
    throw ShapeError("Reshape: needs a batch axis, got shape {}; unsqueeze(x, 0) adds one", x.shape());
  const std::int64_t features = x.shape().without(0).size();
  std::int64_t known = 1, open = 0;
  for (const std::int64_t extent : shape_)
    extent == -1 ? ++open : known = checked_product("Reshape", known, extent);
  const bool fits = open == 0 ? known == features : open == 1 && known > 0 && features % known == 0;
  if (!fits) {
    throw ShapeError(
        "{}: cannot make it of the {} elements of each part of an input of shape {}; the product of the "
        "extents must be that of the input without its first",
        describe(), features, x.shape());
  }
  std::vector<std::int64_t> extents{x.shape(0)};
  for (const std::int64_t extent : shape_) extents.push_back(extent == -1 ? features / known : extent);
  return reshape(x, Shape(extents));
}

std::string Reshape::details() const {
  std::string text;
  for (const std::int64_t extent : shape_) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return text;
}

RepeatVector::RepeatVector(std::int64_t n) : n_(n) {
  if (n < 1)
    throw DataError("RepeatVector: needs at least one step, got {}; its argument is the number of steps", n);
}

Variable RepeatVector::forward(const Variable& x) {
  if (x.rank() != 2)
    throw ShapeError(
        "{} expects features (N, F), got an input of shape {}; Flatten makes one axis of several", describe(),
        x.shape());
  return broadcast_to(unsqueeze(x, 1), {x.shape(0), n_, x.shape(1)});
}

std::string RepeatVector::details() const { return std::to_string(n_); }

}  // namespace hourglass::nn
