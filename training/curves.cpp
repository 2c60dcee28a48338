#include <hourglass/training/curves.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace hourglass::training {

namespace {

// In gnuplot's single quotes nothing is special but the quote itself, which is doubled.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c == '\n' ? ' ' : c;
  }
  return out + "'";
}

std::string script(const History& history, const std::string& title) {
  const auto& epochs = history.epochs;
  const bool positive = std::all_of(epochs.begin(), epochs.end(), [](const EpochRecord& e) {
    return e.loss > 0.0 && e.val_loss.value_or(1.0) > 0.0;
  });
  const bool validated =
      std::any_of(epochs.begin(), epochs.end(), [](const EpochRecord& e) { return e.val_loss.has_value(); });
  const auto curve = [](int column, const char* name, const char* colour) {
    return fmt::format(
        "'history.csv' every ::1 using 1:{} with linespoints lw 2 pt 7 ps 0.8 lc rgb '{}' title '{}'", column,
        colour, name);
  };
  std::string out =
      "# Draws history.csv, beside it, as curves.png:  gnuplot curves.gp\n"
      "set terminal pngcairo size 800,500 font 'sans,11'\n"
      "set output 'curves.png'\n"
      "set datafile separator ','\n";
  out += "set title " + quoted(title) + " noenhanced\n";
  out += "set xlabel 'epoch'\nset ylabel 'loss'\nset grid\nset key top right\n";
  out += fmt::format("set xrange [{}:{}]\n", static_cast<double>(epochs.front().epoch) - 0.5,
                     static_cast<double>(epochs.back().epoch) + 0.5);
  if (positive) out += "set logscale y\n";
  out += "plot " + curve(2, "training", "#1f77b4");
  if (validated) out += ", \\\n     " + curve(3, "validation", "#d62728");
  return out + "\n";
}

bool run_gnuplot(const std::string& folder) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string program = "gnuplot", file = "curves.gp";
  char* const arguments[] = {program.data(), file.data(), nullptr};
  pid_t child = 0;
  const bool started = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  if (!started) return false;
  int status = -1;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return status == 0;
}

}  // namespace

bool draw_curves(const History& history, const std::string& folder, const std::string& title) {
  history.to_csv(folder + "/history.csv");
  if (history.epochs.empty()) return false;
  write_text(folder + "/curves.gp", script(history, title));
  if (run_gnuplot(folder)) return true;
  std::remove((folder + "/curves.png").c_str());  // one of an earlier run would show other curves
  return false;
}

}  // namespace hourglass::training
