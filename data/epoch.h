#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <utility>

namespace hourglass::data {

/// One batch: x float32 (uint8 images become v / 255), and the targets that belong to it as they are.
struct Batch {
  Tensor x;
  Tensor y;  // empty, (0,), if none were given; errors of losses and of ops on it say so
};

/// The batches of one epoch, to walk over; what a source of batches gives as epoch(n). It makes them one by
/// one, by source.batch(order, index).
template <class Source>
class EpochOf {
 public:
  EpochOf(Source source, Tensor order) : source_(std::move(source)), order_(std::move(order)) {}

  class Iterator {
   public:
    Iterator(const EpochOf* epoch, std::int64_t index) : epoch_(epoch), index_(index) {}
    Batch operator*() const { return epoch_->source_.batch(epoch_->order_, index_); }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

   private:
    const EpochOf* epoch_;
    std::int64_t index_;
  };
  [[nodiscard]] Iterator begin() const { return {this, 0}; }
  [[nodiscard]] Iterator end() const { return {this, source_.batch_count()}; }

 private:
  Source source_;  // a cheap copy, so that Batches(…).epoch() can be walked over
  Tensor order_;   // (N,) int64, or (0,) for the order as stored
};

}  // namespace hourglass::data
