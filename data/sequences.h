#pragma once

#include <hourglass/data/batches.h>
#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <vector>

/// Series and sequences: windows cut from long ones, batches of such as are about as long.
namespace hourglass::data {

struct WindowOptions {
  std::int64_t window = 128;  // steps in each
  std::int64_t stride = 1;    // from the beginning of one to that of the next
};
/// The windows of a series, one after the other; what is left at its end, shorter than a window, is not in.
/// (T, F) or (T,) -> (N, window, F), N = ⌊(T − window) / stride⌋ + 1
///
/// A view where stride = window, else a copy. Throws DataError for a window or a stride below 1, ShapeError
/// for another rank or a series shorter than a window.
[[nodiscard]] Tensor windows(const Tensor& series, const WindowOptions& options = {});

/// Sequences of different lengths in one tensor.
struct Sequences {
  Tensor x;        // (N, T, F) float32, T that of the longest; nan beyond a sequence's length
  Tensor lengths;  // (N,) int64

  [[nodiscard]] std::int64_t size() const { return lengths.shape(0); }
};
/// Each (Tᵢ, F) or (Tᵢ,). Throws DataError for none or one without a step, ShapeError if they differ in F,
/// DTypeError unless they are float32.
[[nodiscard]] Sequences sequences(const std::vector<Tensor>& each);

/// Batches by length: sequences that are about as long stand together, so that little is padding. A batch has
/// x (B, T, F), T that of its longest, nan beyond each length, and the lengths as its y (B,) int64. Shuffled
/// anew in each epoch, as a function of seed and epoch alone: which of equal length go together, and the
/// order of the batches, but for a short one, which is the last.
class SequenceBatches {
 public:
  /// Throws DataError for a batch size below 1, or lengths that are not 1 to T; ShapeError if they do not
  /// fit.
  explicit SequenceBatches(Sequences sequences, const BatchOptions& options = {});

  [[nodiscard]] std::int64_t size() const { return sequences_.size(); }
  [[nodiscard]] std::int64_t batch_count() const { return internal::batch_count(size(), options_); }
  [[nodiscard]] const BatchOptions& options() const { return options_; }

  using Epoch = EpochOf<SequenceBatches>;
  [[nodiscard]] Epoch epoch(std::int64_t number = 0) const;

 private:
  friend Epoch;
  [[nodiscard]] Batch batch(const Tensor& order, std::int64_t index) const;

  Sequences sequences_;
  BatchOptions options_;
};

}  // namespace hourglass::data
