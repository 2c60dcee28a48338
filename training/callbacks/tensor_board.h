#pragma once

#include <hourglass/training/callback.h>
#include <hourglass/training/log_file.h>

#include <functional>
#include <string>
#include <vector>

namespace hourglass::training {

/// An image (H, W), (H, W, 1) or (H, W, 3), uint8 or float32 in [0, 1], and what it is called.
struct NamedImage {
  std::string name;
  Tensor image;
};

struct TensorBoardOptions {
  std::int64_t histogram_freq = 0;  // epochs from one histogram of each parameter to the next; 0 for none
  std::int64_t update_freq = 0;  // batches from one figure of the loss to the next; 0: epochs only ("epoch")
  std::function<std::vector<NamedImage>(std::int64_t epoch)> images{};
  std::int64_t images_freq = 1;  // epochs from one call of images to the next
};

/// Writes what `tensorboard --logdir log_dir` shows, under Keras's names: in `log_dir`/train "epoch_loss",
/// "epoch_learning_rate", "epoch_<figure>" for those that callbacks before it in the list have set,
/// "batch_loss" by batch of the whole run, "<parameter>/histogram" and images; in `log_dir`/validation
/// "epoch_loss" again, from val_loss, and figures that begin with "val_". Epochs count from 1, as in the
/// history. Numbers are kept as float32.
///
/// A new run makes files of its own and leaves those of others alone: a folder a run keeps curves apart. One
/// that was killed and goes on from a checkpoint goes on with its files, and no step stands twice. One that
/// is told of earlier epochs by initial_epoch alone makes new files, which say from which step on they hold.
///
/// While images are made, the model is in evaluation mode and the default generator is held, as by Pictures.
/// Throws DataError for negative options, FileError if a file cannot be written.
class TensorBoard final : public Callback {
 public:
  explicit TensorBoard(std::string log_dir, TensorBoardOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_batch_end(TrainingState& state, std::int64_t batch, double loss) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  [[nodiscard]] const char* name() const override { return "TensorBoard"; }
  [[nodiscard]] std::vector<NamedTensor> state() const override;
  void set_state(std::span<const NamedTensor> state) override;

 private:
  [[nodiscard]] LogFile file(const std::string& run, const std::string& name) const;
  void write(LogFile& file, std::int64_t step, const std::vector<std::string>& values) const;

  std::string log_dir_;
  TensorBoardOptions options_;
  std::string name_;  // of both files
  LogFile train_, validation_;
  std::int64_t first_epoch_ = 0, batches_ = 0;
};

}  // namespace hourglass::training
