#pragma once

#include <hourglass/nn/config.h>
#include <hourglass/nn/initializer.h>
#include <hourglass/nn/module.h>

#include <string>

namespace hourglass::nn {

struct EmbeddingOptions {
  Initializer embeddings_initializer = random_uniform(0.05);
  DType dtype = float32;
};
template <class V>
void visit(EmbeddingOptions& o, V&& v) {
  v("embeddings_initializer", o.embeddings_initializer), v("dtype", o.dtype);
}

/// Vectors in the place of indices:  y[…, :] = embeddings[x[…], :].    (…) int64 -> (…, out)
///
/// embeddings (in, out), uniform in ±0.05 as in Keras. The gradient of a vector is the sum of those at all
/// places of its index, added in their order; the others' is 0. A float tensor of indices, such as a
/// data::Preprocessor makes of a column with Encoding::index, is turned into int64 by x.to(int64).
/// Throws IndexError unless the indices are in [0, in), DTypeError unless they are int64.
class Embedding final : public Layer {
 public:
  Embedding(std::int64_t in, std::int64_t out, const EmbeddingOptions& options = {});

  Variable forward(const Variable& x) override;
  void visit(Visitor& v) override { v("embeddings", embeddings); }
  [[nodiscard]] std::string details() const override;  // "1000 -> 16"

  Variable embeddings;

  using Config = InOut<EmbeddingOptions>;
  [[nodiscard]] Config config() const {
    return {embeddings.shape(0), embeddings.shape(1), {initializer_, embeddings.dtype()}};
  }
  static Embedding from_config(const Config& c) { return {c.in, c.out, c.options}; }

 private:
  Initializer initializer_;
};

}  // namespace hourglass::nn
