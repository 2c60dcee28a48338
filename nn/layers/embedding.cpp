#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/embedding.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

namespace {

Shape table_shape(std::int64_t in, std::int64_t out) {
  if (in < 1 || out < 1)
    throw ShapeError(
        "Embedding: needs at least one index and one number each, got {} -> {}; the arguments are (in, out)",
        in, out);
  return {in, out};
}

}  // namespace

Embedding::Embedding(std::int64_t in, std::int64_t out, const EmbeddingOptions& options)
    : embeddings(Variable::parameter(options.embeddings_initializer(table_shape(in, out), options.dtype))),
      initializer_(options.embeddings_initializer) {}

Variable Embedding::forward(const Variable& x) {
  const std::int64_t in = embeddings.shape(0);
  if (x.dtype() != int64) {
    throw DTypeError("{} expects int64 indices, got {} {}; convert them with x.to(hg::int64)", describe(),
                     name(x.dtype()), x.shape());
  }
  const Tensor indices = x.value().contiguous();
  for (std::int64_t i = 0; i < indices.size(); ++i) {
    const std::int64_t index = indices.data<std::int64_t>()[i];
    if (index < 0 || index >= in)
      throw IndexError("{} has no vector for index {}; they must be in [0, {})", describe(), index, in);
  }
  const Variable y = take(embeddings, indices.view(Shape{indices.size()}, {1}));
  std::vector<std::int64_t> shape(x.shape().begin(), x.shape().end());
  shape.push_back(embeddings.shape(1));
  return reshape(y, Shape(shape));
}

std::string Embedding::details() const {
  return std::to_string(embeddings.shape(0)) + " -> " + std::to_string(embeddings.shape(1));
}

}  // namespace hourglass::nn
