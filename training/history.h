#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Training any module with any loss of a batch.
namespace hourglass::training {

/// What one epoch gave.
struct EpochRecord {
  std::int64_t epoch = 0;  // from 1
  double loss = 0.0;       // mean over the examples, while the parameters changed
  std::optional<double> val_loss{};
  double seconds = 0.0;                                 // of training, without validation
  std::vector<std::pair<std::string, double>> extra{};  // further figures, from callbacks

  /// The figure of this name: "loss", "val_loss", "seconds" or one of extra; none if the epoch has no such
  /// figure.
  [[nodiscard]] std::optional<double> find(std::string_view name) const;
  /// Puts a figure into extra, in place of one of the same name.
  void set(std::string_view name, double value);
  /// Whether all is equal but the seconds, which no two runs share.
  friend bool operator==(const EpochRecord& a, const EpochRecord& b) {
    return a.epoch == b.epoch && a.loss == b.loss && a.val_loss == b.val_loss && a.extra == b.extra;
  }
};

/// The epochs of a training run, in order. The last may be one that was broken off: by a signal, by a
/// callback within it, or because a loss became nan; its loss is the mean over the batches until then, or
/// nan.
struct History {
  std::vector<EpochRecord> epochs{};
  bool interrupted = false;  // by a signal

  /// Whether the epochs are equal, seconds left aside.
  friend bool operator==(const History& a, const History& b) { return a.epochs == b.epochs; }

  /// Writes epoch,loss,val_loss,seconds and then a column for each further name; a figure that an epoch does
  /// not have stays empty. The file appears whole or not at all. Throws FileError.
  void to_csv(const std::string& path) const;

  /// The epochs, for a checkpoint.
  [[nodiscard]] std::vector<NamedTensor> state() const;
  void set_state(std::span<const NamedTensor> state);
};

/// Writes a text file whole or not at all. Throws FileError.
void write_text(const std::string& path, const std::string& text);

}  // namespace hourglass::training
