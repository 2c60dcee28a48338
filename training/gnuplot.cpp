#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/training/gnuplot.h>
#include <hourglass/training/history.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace hourglass::training {

namespace {

// Reads what a child writes until it ends.
std::string all_from(int descriptor) {
  std::string text;
  std::array<char, 1 << 14> chunk;
  for (;;) {
    const ssize_t n = ::read(descriptor, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

// What gnuplot draws with a script, or nothing.
std::string draw(const std::string& folder, std::string file) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = "gnuplot", option = "-e", to_pipe = "to_pipe = 1";
  char* const arguments[] = {program.data(), option.data(), to_pipe.data(), file.data(), nullptr};
  pid_t child = 0;
  const bool started = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments, environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string picture = started ? all_from(ends[0]) : "";
  ::close(ends[0]);
  int status = -1;
  while (started && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? picture : "";
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
  text += "if (!exists('to_pipe')) set output '" + name + ".png'\nset datafile separator ','\n";
  write_text(folder + "/" + name + ".gp", text + commands);
  const std::string picture = draw(folder, name + ".gp"), path = folder + "/" + name + ".png";
  if (!picture.empty()) {
    write_atomically("run_gnuplot", path, picture);
    return true;
  }
  std::remove(path.c_str());  // one of an earlier run would show something else
  return false;
}

}  // namespace hourglass::training
