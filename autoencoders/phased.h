#pragma once

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/training/fit.h>

#include <functional>
#include <memory>
#include <vector>

namespace hourglass::autoencoders {

/// A kind that several optimizers train in turn, such as one with a critic. Its loss() is what stands in
/// tables; training goes by phases:
///
///     fit(model, model.phases({&adam, &of_critic, &of_encoder}), train, {.epochs = 10});
class Phased {
 public:
  virtual ~Phased() = default;
  /// How many optimizers phases() takes.
  [[nodiscard]] virtual std::size_t phase_count() const = 0;
  /// One phase for each. They hold the model by reference. Throws DataError for another number of optimizers.
  [[nodiscard]] virtual std::vector<training::Phase<>> phases(
      const std::vector<optim::Optimizer*>& optimizers) = 0;

 protected:
  Phased() = default;
  Phased(Phased&&) noexcept = default;
  Phased(const Phased&) = default;
  Phased& operator=(Phased&&) noexcept = default;
  Phased& operator=(const Phased&) = default;
  void expect_optimizers(std::size_t given) const;
};

/// Trains any kind: by its phases if it has such, else by its loss; each with an optimizer of its own from
/// `make`.
[[nodiscard]] training::History fit_kind(Autoencoder& model,
                                         const std::function<std::unique_ptr<optim::Optimizer>()>& make,
                                         const data::Batches& train,
                                         const training::FitOptions& options = {});

/// How far a critic's logits are from "an example" (true) or "made" (false), in nats: what it learns to make
/// small, and what deceives it.    (N, 1) -> ()
[[nodiscard]] Variable verdict(const Variable& logits, bool genuine);

}  // namespace hourglass::autoencoders
