#pragma once

#include <cstdint>
#include <optional>
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
};

/// The epochs of a training run, in order.
struct History {
  std::vector<EpochRecord> epochs;

  /// Writes epoch,loss,val_loss,seconds and then a column for each further name; a figure that an epoch does
  /// not have stays empty. The file appears whole or not at all. Throws FileError.
  void to_csv(const std::string& path) const;
};

/// Writes a text file whole or not at all. Throws FileError.
void write_text(const std::string& path, const std::string& text);

}  // namespace hourglass::training
