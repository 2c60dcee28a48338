#include <hourglass/training/clock.h>
#include <hourglass/training/progress.h>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace hourglass::training {

namespace {

constexpr std::int64_t kWidth = 30;  // of the bar
constexpr double kEvery = 0.1;       // seconds between two drawings

// Of the terminal; a longer line would wrap and could not be drawn in place.
std::size_t columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 200U;
}

// 0.003 stays readable as 0.0030, 0.00003 becomes 3.0000e-05, as in Keras.
std::string figure(double value) {
  const double size = value < 0.0 ? -value : value;
  return size > 1e-3 || size == 0.0 ? fmt::format("{:.4f}", value) : fmt::format("{:.4e}", value);
}

// A figure of a callback that counts something: 850, not 850.0000.
bool is_count(double value) { return value >= 1.0 && value < 1e15 && value == std::floor(value); }

}  // namespace

std::string progress_line(std::int64_t done, std::int64_t batches, double seconds,
                          const EpochRecord& record) {
  const auto filled = static_cast<std::size_t>(kWidth * done / std::max<std::int64_t>(batches, 1));
  std::string bar(filled, '=');
  if (filled < kWidth) {
    bar += '>';
    bar.append(kWidth - filled - 1, '.');
  }
  const double step = seconds / static_cast<double>(std::max<std::int64_t>(done, 1));
  std::string line = fmt::format("{}/{} [{}] - {:.0f}s ", done, batches, bar, seconds);
  line += step >= 1.0 ? fmt::format("{:.0f}s/step", step) : fmt::format("{:.0f}ms/step", step * 1e3);
  line += " - loss: " + figure(record.loss);
  if (record.val_loss) line += " - val_loss: " + figure(*record.val_loss);
  for (const auto& [name, value] : record.extra)
    line.append(" - ").append(name).append(": ").append(is_count(value) ? fmt::format("{:.0f}", value)
                                                                        : figure(value));
  return line;
}

Progress::Progress(bool on, std::int64_t epoch, std::int64_t epochs, std::int64_t batches)
    : on_(on),
      terminal_(on && isatty(STDOUT_FILENO) != 0),
      heading_(fmt::format("Epoch {}/{}", epoch, epochs)),
      batches_(batches),
      start_(now()) {
  if (terminal_) fmt::print("{}\n", heading_);
}

Progress::~Progress() {
  if (open_) std::fputs("\n", stdout);  // training was broken off; what follows begins on a line of its own
}

void Progress::draw(const std::string& line) {
  fmt::print("\r{}\x1b[K", line);
  std::fflush(stdout);
  open_ = true;
}

void Progress::batch(std::int64_t done, double loss) {
  if (!terminal_) return;
  const double time = now();
  if (time - last_drawn_ < kEvery) return;
  last_drawn_ = time;
  draw(progress_line(done, batches_, time - start_, {.loss = loss}).substr(0, columns()));
}

void Progress::end(std::int64_t done, const EpochRecord& record) {
  if (!on_) return;
  const std::string line = progress_line(done, batches_, record.seconds, record);
  if (terminal_) {
    draw(line);
    std::fputs("\n", stdout);
  } else {
    fmt::print("{}: {}\n", heading_, line);
  }
  std::fflush(stdout);
  open_ = false;
}

}  // namespace hourglass::training
