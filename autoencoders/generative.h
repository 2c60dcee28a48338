#pragma once

// What a kind can do beside reconstructing. A kind derives from the interface that it fulfils, beside
// Autoencoder; of any model they are found by the functions below or by dynamic_cast.

#include <hourglass/autoencoders/autoencoder.h>

namespace hourglass::autoencoders {

/// A kind that knows which codes are likely, and so makes examples of its own.
class Generative {
 public:
  virtual ~Generative() = default;
  /// New examples, drawn with the default generator, in evaluation mode.    -> (n, …) like the examples
  [[nodiscard]] virtual Tensor sample(std::int64_t n) = 0;

 protected:
  Generative() = default;
  Generative(Generative&&) noexcept = default;
  Generative(const Generative&) = default;
  Generative& operator=(Generative&&) noexcept = default;
  Generative& operator=(const Generative&) = default;
};

/// One that says how likely an example is, too.
class LikelihoodModel : public Generative {
 public:
  /// log p(x) of each example, estimated by k samples of its code, in nats: a lower bound in expectation that
  /// rises with k unless the kind says otherwise.    (N, …) -> (N,) float64    Throws DataError unless k
  /// >= 1.
  [[nodiscard]] virtual Tensor log_likelihood(const Tensor& x, std::int64_t k) = 0;
  /// The same, given the labels where a kind uses them: log p(x|y).
  [[nodiscard]] virtual Tensor log_likelihood_of_batch(const data::Batch& batch, std::int64_t k) {
    return log_likelihood(batch.x, k);
  }
};

/// Whether the kind can do so; null if not.
[[nodiscard]] Generative* find_generative(Autoencoder& model);
[[nodiscard]] LikelihoodModel* find_likelihood(Autoencoder& model);
/// New examples, and the likelihood of given ones. Throw DataError if the kind has none.
[[nodiscard]] Tensor sample(Autoencoder& model, std::int64_t n);
[[nodiscard]] Tensor log_likelihood(Autoencoder& model, const data::Batch& batch, std::int64_t k);

/// What decodes n codes of so many numbers drawn from N(0, 1), in evaluation mode: the sample() of kinds
/// whose codes are to be distributed so.
[[nodiscard]] Tensor decode_normal(Autoencoder& model, std::int64_t n, std::int64_t latent);
/// Throws DataError for a code of 0 numbers: its halves do not say how many there are (see Halves).
void expect_code_size(std::int64_t latent);

}  // namespace hourglass::autoencoders
