#include <hourglass/tensor/error.h>
#include <hourglass/training/history.h>

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace hourglass::training {

void write_text(const std::string& path, const std::string& text) {
  const std::string beside = path + ".tmp-" + std::to_string(getpid());
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    out << text;
    out.flush();
    if (!out) {
      const std::string why = std::strerror(errno);
      std::remove(beside.c_str());
      throw FileError("cannot write {}: {}", path, why);
    }
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    std::remove(beside.c_str());
    throw FileError("cannot write {}: {}", path, why);
  }
}

void History::to_csv(const std::string& path) const {
  std::string text = "epoch,loss,val_loss,seconds";
  if (!epochs.empty()) {
    for (const auto& column : epochs.front().extra) text += "," + column.first;
  }
  text += "\n";
  for (const EpochRecord& e : epochs) {
    text += fmt::format("{},{},{},{:.4f}", e.epoch, e.loss, e.val_loss ? fmt::format("{}", *e.val_loss) : "",
                        e.seconds);
    for (const auto& column : e.extra) text += fmt::format(",{}", column.second);
    text += "\n";
  }
  write_text(path, text);
}

bool draw_curves(const std::string& folder, const std::string& title) {
  write_text(folder + "/curves.gp", fmt::format(R"(# Draws history.csv beside it:  gnuplot curves.gp
set terminal pngcairo size 800,500 font "sans,11"
set output "curves.png"
set datafile separator ","
set title "{}"
set xlabel "epoch"
set ylabel "loss"
set logscale y
set grid
set key top right
plot "history.csv" every ::1 using 1:2 with linespoints lw 2 pt 7 title "training", \
     "history.csv" every ::1 using 1:3 with linespoints lw 2 pt 5 title "validation"
)",
                                                title));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
  std::string program = "gnuplot", script = "curves.gp";
  char* const arguments[] = {program.data(), script.data(), nullptr};
  pid_t child = 0;
  const bool started = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  int status = -1;
  return started && waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace hourglass::training
