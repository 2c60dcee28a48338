#include <hourglass/app/service/metrics.h>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace hourglass::service {

namespace {

// 1, 2.5 and 5 times powers of ten, from 10^low to 10^high.
std::vector<double> decades(int low, int high) {
  std::vector<double> out;
  for (int e = low; e < high; ++e) {
    for (const double m : {1.0, 2.5, 5.0}) out.push_back(m * std::pow(10.0, e));
  }
  out.push_back(std::pow(10.0, high));
  return out;
}

void head(std::string& out, const char* name, const char* type, const char* help) {
  out.append(fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type));
}

std::string number(double v) { return std::isnan(v) ? "NaN" : fmt::format("{:.9g}", v); }

void value(std::string& out, const char* name, const char* type, const char* help, double v) {
  head(out, name, type, help);
  out.append(name).append(" ").append(number(v)).append("\n");
}

double resident_bytes() {
  long pages = 0, resident = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    std::fclose(file);
  }
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

void Histogram::add(double value, std::int64_t times) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(at)] += times;
  sum_ += value * static_cast<double>(times);
}

void Histogram::write(std::string& out, const std::string& name, const std::string& labels) const {
  std::int64_t total = 0;
  const std::string before = labels.empty() ? "" : labels + ",",
                    braces = labels.empty() ? "" : "{" + labels + "}";
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    total += counts_[i];
    const std::string bound = i < bounds_.size() ? number(bounds_[i]) : "+Inf";
    out.append(fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, before, bound, total));
  }
  out.append(fmt::format("{}_sum{} {}\n{}_count{} {}\n", name, braces, number(sum_), name, braces, total));
}

Metrics::Metrics() : errors_(decades(-6, 3)), batches_({1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}) {}

void Metrics::request(const std::string& path, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[{path, status}];
  const auto found = seconds_.try_emplace(path, decades(-4, 1)).first;
  found->second.add(seconds);
}

void Metrics::rows(const std::string& model, const std::vector<double>& scores,
                   const std::vector<double>& errors) {
  const std::lock_guard lock(mutex_);
  if (model != model_) drift_.clear(), model_ = model;
  for (const double s : scores) drift_.add(s);
  for (const double e : errors) {
    if (std::isfinite(e)) errors_.add(e);
  }
  rows_ += std::ssize(errors);
}

void Metrics::batch(std::int64_t rows) {
  const std::lock_guard lock(mutex_);
  batches_.add(static_cast<double>(rows));
}

void Metrics::reload(bool worked) {
  const std::lock_guard lock(mutex_);
  ++(worked ? reloads_ : failed_reloads_);
}

std::string Metrics::text(const Now& now) const {
  const std::lock_guard lock(mutex_);
  std::string out;
  head(out, "hourglass_model_info", "gauge",
       "The model that answers, by the first digits of its weights' SHA-256.");
  out.append(fmt::format("hourglass_model_info{{model=\"{}\",kind=\"{}\"}} 1\n", now.model, now.kind));
  value(out, "hourglass_ready", "gauge", "1 if requests are answered.", now.is_ready ? 1 : 0);
  head(out, "hourglass_requests_total", "counter", "Requests answered, by path and status.");
  for (const auto& [key, count] : requests_)
    out.append(fmt::format("hourglass_requests_total{{path=\"{}\",status=\"{}\"}} {}\n", key.first,
                           key.second, count));
  head(out, "hourglass_request_seconds", "histogram", "From a request's being there whole to its answer.");
  for (const auto& [path, histogram] : seconds_)
    histogram.write(out, "hourglass_request_seconds", fmt::format("path=\"{}\"", path));
  value(out, "hourglass_rows_total", "counter", "Rows reconstructed or scored.", static_cast<double>(rows_));
  head(out, "hourglass_batch_rows", "histogram",
       "Rows computed together with a request's, its own among them.");
  batches_.write(out, "hourglass_batch_rows", "");
  head(out, "hourglass_reconstruction_error", "histogram",
       "Mean squared error of a row, per feature or column.");
  errors_.write(out, "hourglass_reconstruction_error", "");
  value(out, "hourglass_drift", "gauge",
        "Kolmogorov-Smirnov distance of the last 1000 scores from those of the training rows, 0 to 1.",
        now.model == model_ ? drift_.distance(now.training_scores) : NAN);
  value(out, "hourglass_drift_window", "gauge", "Scores that the drift is taken from.",
        now.model == model_ ? static_cast<double>(drift_.size()) : 0.0);
  value(out, "hourglass_above_threshold", "gauge", "The share of these scores that is above the threshold.",
        now.model == model_ ? drift_.above(now.threshold) : NAN);
  value(out, "hourglass_threshold", "gauge", "The score above which a row is said to be an anomaly.",
        now.threshold);
  value(out, "hourglass_reloads_total", "counter", "Times that the model's file was read anew.",
        static_cast<double>(reloads_));
  value(out, "hourglass_failed_reloads_total", "counter",
        "Times that it could not be, and the model before went on.", static_cast<double>(failed_reloads_));
  value(out, "hourglass_waiting_rows", "gauge", "Rows that wait to be computed.",
        static_cast<double>(now.waiting_rows));
  value(out, "hourglass_connections", "gauge", "Connections that are open.",
        static_cast<double>(now.connections));
  value(out, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes());
  return out;
}

}  // namespace hourglass::service
