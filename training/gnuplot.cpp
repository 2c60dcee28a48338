#include <hourglass/training/gnuplot.h>
#include <hourglass/training/history.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace hourglass::training {

namespace {

bool run(const std::string& folder, std::string file) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string program = "gnuplot";
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

// In gnuplot's single quotes nothing is special but the quote itself, which is doubled.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c == '\n' ? ' ' : c;
  }
  return out + "'";
}

bool run_gnuplot(const std::string& folder, const std::string& name, const std::string& commands,
                 const std::string& size) {
  std::string text = "# Draws " + name + ".png:  gnuplot " + name + ".gp\n";
  text += "set terminal pngcairo size " + size + " font 'sans,11'\n";
  text += "set output '" + name + ".png'\nset datafile separator ','\n";
  write_text(folder + "/" + name + ".gp", text + commands);
  if (run(folder, name + ".gp")) return true;
  std::remove((folder + "/" + name + ".png").c_str());  // one of an earlier run would show something else
  return false;
}

}  // namespace hourglass::training
