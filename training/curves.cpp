#include <hourglass/training/curves.h>
#include <hourglass/training/gnuplot.h>

#include <fmt/format.h>

#include <algorithm>

namespace hourglass::training {

namespace {

std::string script(const History& history, const std::string& title) {
  const auto& epochs = history.epochs;
  double least = epochs.front().loss, most = least;
  for (const EpochRecord& e : epochs) {
    least = std::min({least, e.loss, e.val_loss.value_or(least)});
    most = std::max({most, e.loss, e.val_loss.value_or(most)});
  }
  const bool validated =
      std::any_of(epochs.begin(), epochs.end(), [](const EpochRecord& e) { return e.val_loss.has_value(); });
  const auto curve = [](int column, const char* name, const char* colour) {
    return fmt::format(
        "'history.csv' every ::1 using 1:{} with linespoints lw 2 pt 7 ps 0.8 lc rgb '{}' title '{}'", column,
        colour, name);
  };
  std::string out = "set title " + quoted(title) + " noenhanced\n";
  out += "set xlabel 'epoch'\nset ylabel 'loss'\nset grid\nset key top right\n";
  out += fmt::format("set xrange [{}:{}]\n", static_cast<double>(epochs.front().epoch) - 0.5,
                     static_cast<double>(epochs.back().epoch) + 0.5);
  out += fmt::format("set xtics {}\n", (std::ssize(epochs) + 9) / 10);  // whole epochs, about ten of them
  if (least > 0.0 && most > 10.0 * least) out += "set logscale y\n";    // decades; else they would be flat
  out += "plot " + curve(2, "training", "#1f77b4");
  if (validated) out += ", \\\n     " + curve(3, "validation", "#d62728");
  return out + "\n";
}

}  // namespace

bool draw_curves(const History& history, const std::string& folder, const std::string& title) {
  history.to_csv(folder + "/history.csv");
  if (history.epochs.empty()) return false;
  return run_gnuplot(folder, "curves", script(history, title));
}

}  // namespace hourglass::training
