#pragma once

#include <hourglass/nn/module.h>
#include <hourglass/training/history.h>

#include <string>
#include <utility>
#include <vector>

namespace hourglass::training {

/// The figures of a run: printed as they are added, and saved as one flat JSON object.
class Report {
 public:
  /// A number that is not finite is saved as null.
  void add(const std::string& name, double value, const std::string& unit = "");
  void add(const std::string& name, std::int64_t value);
  void add(const std::string& name, std::uint64_t value);
  void add(const std::string& name, const std::string& value);
  /// A row of a table of errors: the mean squared error per feature and, times the features, per example.
  /// Their keys are `name`_mse_per_pixel and `name`_mse_per_image, whatever the features are.
  void add_error(const std::string& name, const std::string& what, double mse, std::int64_t features);
  /// Parameters, weights_sha256, peak_rss_mb and threads; of a history that is not empty also epochs, the
  /// last one's loss and val_loss, seconds_per_epoch and seconds_in_all.
  void add_run(nn::Module& model, const History& history);

  /// Whole or not at all. Throws FileError.
  void save(const std::string& path) const;

 private:
  void put(const std::string& name, double value);

  bool table_begun_ = false;
  std::vector<std::pair<std::string, std::string>> entries_;  // name, JSON value
};

}  // namespace hourglass::training
