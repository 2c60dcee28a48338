#pragma once

#include <hourglass/training/callback.h>
#include <hourglass/training/log_file.h>

#include <string>
#include <vector>

namespace hourglass::training {

struct CSVLoggerOptions {
  char separator = ',';
  bool append = false;  // to the file that is there; else it is replaced
};

/// Adds a row for each epoch to a CSV file: epoch (from 1, as in the history), loss, val_loss, and the
/// figures that callbacks before it in the list have set. The first row decides about the columns, or the
/// first line of a file that is added to: what an epoch lacks stays empty, what it has beyond them is left
/// out. Numbers are written so that they read back to the same bits; names are quoted where RFC 4180 asks for
/// it.
///
/// The rows are those of a run that never stopped, however often it was killed and resumed from a checkpoint.
/// A last line without its end, which a killed run has left, is cut off. Throws DataError for a separator
/// that is part of numbers, a quote or an end of line; FileError if the file cannot be written, or is to be
/// added to and does not begin with a column "epoch".
class CSVLogger final : public Callback {
 public:
  explicit CSVLogger(std::string path, CSVLoggerOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  [[nodiscard]] const char* name() const override { return "CSVLogger"; }
  [[nodiscard]] std::vector<NamedTensor> state() const override;
  void set_state(std::span<const NamedTensor> state) override;

 private:
  [[nodiscard]] std::vector<std::string> columns() const;
  [[nodiscard]] std::string row(const std::vector<std::string>& cells) const;

  CSVLoggerOptions options_;
  LogFile file_;
};

}  // namespace hourglass::training
