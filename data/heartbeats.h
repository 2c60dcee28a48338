#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace hourglass::data {

/// Heartbeats, each cut to the same length, and what they are.
struct Heartbeats {
  std::string name;                // "ecg5000", "drawn heartbeats"
  Tensor x;                        // (N, T, 1) float32
  Tensor labels;                   // (N,) int64: 1 normal, larger ones by `kinds`
  std::vector<std::string> kinds;  // of label i; empty text where it is not known
  Tensor wrong_steps;              // (N, T) uint8: 1 where a drawn beat is not normal; (0,) where not known

  [[nodiscard]] std::int64_t size() const { return x.shape(0); }
};

struct DrawnHeartbeatsOptions {
  std::int64_t normal = 292, abnormal = 208;  // beats; those that are not normal are of four kinds in turn
  std::int64_t steps = 140;
  std::uint64_t seed = 1;
};
/// Beats as an electrocardiogram shows them, drawn as the sum of five waves, P Q R S T (after McSharry et al.
/// 2003), each beat with heights, widths and places of its own, a wandering baseline and noise, scaled to
/// mean 0 and deviation 1. Kinds 2 to 5: no P wave and an early beat; a wide QRS complex; a raised ST
/// segment; an inverted T wave. Normal ones and others are mixed. The same seed gives the same bits. Throws
/// DataError for negative numbers or fewer than 20 steps.
[[nodiscard]] Heartbeats drawn_heartbeats(const DrawnHeartbeatsOptions& options = {});

/// A CSV file with a column `label` and a column for each step, as ECG5000 (Goldberger et al. 2000; Chen et
/// al. 2015) is given. Throws FileError, DataError as read_csv, and DataError without such a column.
[[nodiscard]] Heartbeats read_heartbeats(const std::string& path);

/// What a word asks for: a file, "drawn", or, with "", ecg5000/ecg5000_train.csv below $HOURGLASS_DATA_DIR
/// where it is, and drawn ones else.
[[nodiscard]] Heartbeats heartbeats(const std::string& word = "");

}  // namespace hourglass::data
