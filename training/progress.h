#pragma once

#include <hourglass/training/history.h>

#include <cstdint>
#include <string>

namespace hourglass::training {

/// The progress of one epoch as Keras shows it. On a terminal a line that is drawn again in place:
///
///     Epoch 1/7
///     1875/1875 [==============================] - 1s 0ms/step - loss: 0.0243 - val_loss: 0.0091
///
/// Elsewhere one line at the end of the epoch, "Epoch 1/7: 1875/1875 [==…".
class Progress {
 public:
  Progress(bool on, std::int64_t epoch, std::int64_t epochs, std::int64_t batches);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void batch(std::int64_t done, double loss);
  /// The epoch is over, after `done` batches.
  void end(std::int64_t done, const EpochRecord& record);

 private:
  void draw(const std::string& line);

  bool on_, terminal_, open_ = false;  // open: the cursor stands behind an unfinished line
  std::string heading_;
  std::int64_t batches_;
  double last_drawn_ = 0.0, start_;
};

/// "1875/1875 [====…] - 1s 0ms/step - loss: 0.0243 - val_loss: 0.0091"
[[nodiscard]] std::string progress_line(std::int64_t done, std::int64_t batches, double seconds,
                                        const EpochRecord& record);

}  // namespace hourglass::training
