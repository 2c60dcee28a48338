#pragma once

#include <hourglass/data/epoch.h>
#include <hourglass/tensor/tensor.h>

#include <cstdint>

namespace hourglass::data {

struct BatchOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;  // anew in each epoch, as a function of seed and epoch alone
  std::uint64_t seed = 0;
  bool drop_last = false;  // leave out the last batch if it is short
  bool flatten = true;     // (B, H, W) -> (B, H·W), rows of features; false keeps images whole, for Conv2D
};

namespace internal {
/// The number of batches in an epoch over n examples, and their order in it: (n,) int64, or (0,) as stored.
[[nodiscard]] std::int64_t batch_count(std::int64_t n, const BatchOptions& options);
[[nodiscard]] Tensor order_of(std::int64_t n, const BatchOptions& options, std::int64_t epoch);
}  // namespace internal

/// Examples in memory as they are stored, turned into float batches on the way.
class Batches {
 public:
  /// x (N, …) uint8 or float32; y (N, …) of any type, or none. Throws DataError for a batch size below 1,
  /// ShapeError if x and y differ in N.
  explicit Batches(const Tensor& x, const BatchOptions& options = {});
  Batches(const Tensor& x, Tensor y, const BatchOptions& options = {});

  /// The number of examples, and of batches in an epoch.
  [[nodiscard]] std::int64_t size() const { return x_.shape(0); }
  [[nodiscard]] std::int64_t batch_count() const;
  [[nodiscard]] const BatchOptions& options() const { return options_; }

  /// Walks over the batches of one epoch: for (const Batch& batch : batches.epoch(0)) …
  using Epoch = EpochOf<Batches>;
  [[nodiscard]] Epoch epoch(std::int64_t number = 0) const;

 private:
  friend Epoch;
  [[nodiscard]] Batch batch(const Tensor& order, std::int64_t index) const;

  Tensor x_, y_;
  bool has_targets_ = false;
  BatchOptions options_;
};

}  // namespace hourglass::data
