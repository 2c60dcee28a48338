#include <hourglass/training/progress.h>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace hourglass::training {

namespace {

constexpr int kWidth = 30;      // of the bar
constexpr double kEvery = 0.1;  // seconds between two drawings

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string progress_line(std::int64_t done, std::int64_t batches, double seconds,
                          const EpochRecord& record) {
  const auto filled = static_cast<std::size_t>(kWidth * done / std::max<std::int64_t>(batches, 1));
  std::string bar(filled, '=');
  if (filled < kWidth) bar.append(1, '>').append(kWidth - filled - 1, '.');
  const double per_step = seconds / static_cast<double>(std::max<std::int64_t>(done, 1));
  const std::string step = per_step >= 0.9995e-3 ? fmt::format("{:.0f}ms", per_step * 1e3)
                                                 : fmt::format("{:.0f}us", per_step * 1e6);
  std::string line = fmt::format("{}/{} [{}] - {:.0f}s {}/step - loss: {:.4f}", done, batches, bar, seconds,
                                 step, record.loss);
  if (record.val_loss) line += fmt::format(" - val_loss: {:.4f}", *record.val_loss);
  for (const auto& [name, value] : record.extra) line += fmt::format(" - {}: {:.4f}", name, value);
  return line;
}

Progress::Progress(bool on, std::int64_t epoch, std::int64_t epochs, std::int64_t batches)
    : on_(on), terminal_(on && isatty(STDOUT_FILENO) != 0), batches_(batches), start_(now()) {
  if (on_) fmt::print("Epoch {}/{}\n", epoch, epochs);
}

void Progress::batch(std::int64_t done, double loss) {
  if (!terminal_) return;
  const double time = now();
  if (time - last_drawn_ < kEvery) return;
  last_drawn_ = time;
  fmt::print("\r{}\x1b[K", progress_line(done, batches_, time - start_, {.loss = loss}));
  std::fflush(stdout);
}

void Progress::end(const EpochRecord& record) {
  if (!on_) return;
  fmt::print("{}{}{}\n", terminal_ ? "\r" : "", progress_line(batches_, batches_, record.seconds, record),
             terminal_ ? "\x1b[K" : "");
  std::fflush(stdout);
}

}  // namespace hourglass::training
