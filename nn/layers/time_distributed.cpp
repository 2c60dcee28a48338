#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/time_distributed.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

Variable TimeDistributed::forward(const Variable& x) {
  if (x.rank() < 3)
    throw ShapeError("{} expects sequences (N, T, …), got an input of shape {}; Reshape makes steps of it",
                     describe(), x.shape());
  const auto with_first = [](const Shape& shape, int from, std::initializer_list<std::int64_t> first) {
    std::vector<std::int64_t> extents(first);
    for (int i = from; i < shape.rank(); ++i) extents.push_back(shape[i]);
    return Shape(extents);
  };
  const std::int64_t n = x.shape(0), steps = x.shape(1);
  const Variable y = layer()(reshape(x, with_first(x.shape(), 2, {n * steps})));
  if (y.rank() < 1 || y.shape(0) != n * steps)
    throw ShapeError("{}: its layer made an output of shape {} of {} steps; it must keep the batch axis",
                     describe(), y.shape(), n * steps);
  return reshape(y, with_first(y.shape(), 1, {n, steps}));
}

}  // namespace hourglass::nn
