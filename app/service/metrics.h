#pragma once

#include <hourglass/app/service/drift.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace hourglass::service {

/// Counts in ranges whose upper ends are given.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}
  void add(double value, std::int64_t times = 1);
  /// In Prometheus's text, under a name and with labels such as `path="/encode"`.
  void write(std::string& out, const std::string& name, const std::string& labels) const;

 private:
  std::vector<double> bounds_;
  std::vector<std::int64_t> counts_;
  double sum_ = 0.0;
};

/// What the service counts, for GET /metrics: Prometheus's text format 0.0.4. Any thread may call it.
class Metrics {
 public:
  Metrics();
  /// A request that was answered. Paths that are not the service's are counted as "other".
  void request(const std::string& path, int status, double seconds);
  /// The scores and reconstruction errors of rows that were asked about. What the model before has scored
  /// counts no more for the drift when another's come.
  void rows(const std::string& model, const std::vector<double>& scores, const std::vector<double>& errors);
  void batch(std::int64_t rows);
  void reload(bool worked);

  /// What is read off at the moment.
  struct Now {
    std::string model{}, kind{};
    double threshold = 0.0;  // nan for none
    Tensor training_scores{};
    std::int64_t waiting_rows = 0, connections = 0;
    bool is_ready = true;
  };
  [[nodiscard]] std::string text(const Now& now) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::int64_t> requests_;
  std::map<std::string, Histogram> seconds_;
  Histogram errors_, batches_;
  std::int64_t rows_ = 0, reloads_ = 0, failed_reloads_ = 0;
  std::string model_;
  Drift drift_;
};

}  // namespace hourglass::service
