#pragma once

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

/// One batch: x float32 (uint8 images become v / 255), and the targets that belong to it as they are.
struct Batch {
  Tensor x;
  Tensor y;  // empty, (0,), if none were given; errors of losses and of ops on it say so
};

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
  class Epoch;
  [[nodiscard]] Epoch epoch(std::int64_t number = 0) const;

 private:
  [[nodiscard]] Batch batch(const Tensor& order, std::int64_t index) const;

  Tensor x_, y_;
  bool has_targets_ = false;
  BatchOptions options_;
};

class Batches::Epoch {
 public:
  class Iterator {
   public:
    Iterator(const Epoch* epoch, std::int64_t index) : epoch_(epoch), index_(index) {}
    Batch operator*() const { return epoch_->batches_.batch(epoch_->order_, index_); }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

   private:
    const Epoch* epoch_;
    std::int64_t index_;
  };
  [[nodiscard]] Iterator begin() const { return {this, 0}; }
  [[nodiscard]] Iterator end() const { return {this, batches_.batch_count()}; }

 private:
  friend class Batches;
  Epoch(Batches batches, Tensor order) : batches_(std::move(batches)), order_(std::move(order)) {}

  Batches batches_;  // a cheap copy, so that Batches(…).epoch() can be walked over
  Tensor order_;     // (N,) int64, or (0,) for the order as stored
};

}  // namespace hourglass::data
