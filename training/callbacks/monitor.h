#pragma once

#include <hourglass/training/history.h>

#include <string>

namespace hourglass::training {

/// Which figure of an epoch a callback watches, by its name in the history. Small is good, unless said
/// otherwise.
struct Monitor {
  std::string name = "val_loss";
  bool maximize = false;

  /// The figure of an epoch, with its sign turned if it is to become large: less is better. Throws DataError
  /// if the epoch does not have it.
  [[nodiscard]] double cost(const char* callback, const EpochRecord& record) const;
};

}  // namespace hourglass::training
