#pragma once

#include <hourglass/app/service/log.h>
#include <hourglass/app/service/metrics.h>
#include <hourglass/app/service/model.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace hourglass::service {

/// The model of a file, read anew when the file changes. A request is answered by the model that it began
/// with; where the new file is bad the old model goes on.
class Models {
 public:
  /// Throws as ServedModel.
  Models(std::string path, Log& log, Metrics& metrics);
  ~Models();
  Models(const Models&) = delete;
  Models& operator=(const Models&) = delete;

  [[nodiscard]] std::shared_ptr<const ServedModel> current() const;

 private:
  void watch();
  void read_again();

  std::string path_;
  Log& log_;
  Metrics& metrics_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::shared_ptr<const ServedModel> current_;
  bool ends_ = false;
  std::string seen_;  // what the file looked like when it was last read
  std::thread thread_;
};

}  // namespace hourglass::service
