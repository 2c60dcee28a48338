#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  std::vector<std::pair<std::string, double>> extra{};  // further columns, from callbacks
};

/// The epochs of a training run, in order.
struct History {
  std::vector<EpochRecord> epochs;

  /// Writes epoch,loss,val_loss,seconds and further columns; a value that does not exist stays empty. The
  /// file appears whole or not at all. Throws FileError.
  void to_csv(const std::string& path) const;
};

/// Writes `folder`/curves.gp, a gnuplot script that draws folder/history.csv as folder/curves.png, and runs
/// gnuplot if it is installed. Returns whether the picture was drawn. Throws FileError if the script cannot
/// be written.
bool draw_curves(const std::string& folder, const std::string& title);

/// Writes a text file whole or not at all. Throws FileError.
void write_text(const std::string& path, const std::string& text);

}  // namespace hourglass::training
