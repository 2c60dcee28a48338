#pragma once

#include <hourglass/training/history.h>

#include <cstdint>
#include <string>

namespace hourglass::training {

/// The progress of one epoch as Keras shows it: on a terminal a bar that moves, else one line at the end.
///
///     Epoch 1/7
///     1875/1875 [==============================] - 1s 0ms/step - loss: 0.0243 - val_loss: 0.0091
class Progress {
 public:
  Progress(bool on, std::int64_t epoch, std::int64_t epochs, std::int64_t batches);
  void batch(std::int64_t done, double loss);
  void end(const EpochRecord& record);

 private:
  bool on_, terminal_;
  std::int64_t batches_;
  double last_drawn_ = 0.0, start_;
};

/// "1875/1875 [====…] - 1s 0ms/step - loss: 0.0243 - val_loss: 0.0091"
[[nodiscard]] std::string progress_line(std::int64_t done, std::int64_t batches, double seconds,
                                        const EpochRecord& record);

}  // namespace hourglass::training
