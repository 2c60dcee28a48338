#include <hourglass/files/state.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/training/report.h>

#include <fmt/format.h>
#include <sys/resource.h>

#include <cmath>

namespace hourglass::training {

namespace {

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// The largest resident memory of the process so far, MB (10⁶ bytes).
double peak_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0 / 1e6;
}

}  // namespace

void Report::put(const std::string& name, double value) {
  entries_.emplace_back(name, std::isfinite(value) ? fmt::format("{:.6g}", value) : "null");
}

void Report::add(const std::string& name, double value, const std::string& unit) {
  put(name, value);
  fmt::print("{:<28} {:.6g}{}{}\n", name, value, unit.empty() ? "" : " ", unit);
}

void Report::add(const std::string& name, std::int64_t value) {
  entries_.emplace_back(name, std::to_string(value));
  fmt::print("{:<28} {}\n", name, value);
}

void Report::add(const std::string& name, std::uint64_t value) {
  entries_.emplace_back(name, std::to_string(value));
  fmt::print("{:<28} {}\n", name, value);
}

void Report::add(const std::string& name, const std::string& value) {
  entries_.emplace_back(name, json_string(value));
  fmt::print("{:<28} {}\n", name, value);
}

void Report::add_error(const std::string& name, const std::string& what, double mse, std::int64_t features) {
  if (!table_begun_)
    fmt::print("\n{:<28} {:>13} {:>11}\n", "MSE on the test examples", "per feature", "per example");
  table_begun_ = true;
  const double per_example = mse * static_cast<double>(features);
  put(name + "_mse_per_pixel", mse);
  put(name + "_mse_per_image", per_example);
  fmt::print("  {:<26} {:>13.5f} {:>11.2f}\n", what, mse, per_example);
}

void Report::add_run(nn::Module& model, const History& history) {
  fmt::print("\n");
  add("parameters", nn::parameter_count(model));
  add("weights_sha256", files::weights_sha256(model));
  if (!history.epochs.empty()) {
    double seconds = 0.0;
    for (const EpochRecord& epoch : history.epochs) seconds += epoch.seconds;
    const EpochRecord& last = history.epochs.back();
    const auto epochs = static_cast<std::int64_t>(history.epochs.size());
    add("epochs", epochs);
    add("loss", last.loss);
    if (last.val_loss) add("val_loss", *last.val_loss);
    add("seconds_per_epoch", seconds / static_cast<double>(epochs), "s");
    add("seconds_in_all", seconds, "s of training");
  }
  add("peak_rss_mb", peak_rss_mb(), "MB");
  add("threads", std::int64_t{num_threads()});
}

void Report::save(const std::string& path) const {
  std::string text = "{\n";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    text += fmt::format("  {}: {}{}\n", json_string(entries_[i].first), entries_[i].second,
                        i + 1 < entries_.size() ? "," : "");
  }
  write_text(path, text + "}\n");
}

}  // namespace hourglass::training
