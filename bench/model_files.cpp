// What saving and loading a model cost beside the least that a disk and a checksum ask for.
//
//     model_files [MEGABYTES] [REPEATS]
//
// One line each: saving over a plain write with fsync of as many bytes, loading over a plain read plus
// SHA-256 of them; medians of alternating runs.

#include "timing.h"

#include <hourglass/files.h>
#include <hourglass/nn.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace hg = hourglass;

namespace {

void write_plainly(const std::string& path, const std::vector<std::byte>& bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = write(file, bytes.data() + done, bytes.size() - done);
    if (file < 0 || n <= 0) std::exit(1);
    done += static_cast<std::size_t>(n);
  }
  fsync(file), close(file);
}

std::string read_and_hash(const std::string& path) {
  std::vector<std::byte> bytes(std::filesystem::file_size(path));
  const int file = open(path.c_str(), O_RDONLY);
  if (file < 0 || read(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::exit(1);
  close(file);
  hg::files::Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

template <class F>
double once(F&& f) {
  const double start = bench::seconds();
  f();
  return bench::seconds() - start;
}

}  // namespace

int main(int argc, char** argv) {
  const double megabytes = argc > 1 ? std::atof(argv[1]) : 20.0;
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 21;
  const auto width = static_cast<std::int64_t>(megabytes * 1e6 / (4.0 * 2.0 * 1024.0));
  hg::nn::Sequential model{hg::nn::Dense(1024, width, {.activation = hg::relu}), hg::nn::Dense(width, 1024)};
  const std::string folder =
      std::filesystem::temp_directory_path() / ("hourglass_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  const std::string path = folder + "/model.h5", plain = folder + "/plain";
  hg::files::save_model(path, model);
  const std::vector<std::byte> bytes(std::filesystem::file_size(path), std::byte{1});
  std::vector<double> saves, writes, loads, reads;
  for (int i = 0; i < repeats; ++i) {
    writes.push_back(once([&] { write_plainly(plain, bytes); }));
    saves.push_back(once([&] { hg::files::save_model(path, model); }));
    reads.push_back(once([&] { static_cast<void>(read_and_hash(path)); }));
    loads.push_back(once([&] { static_cast<void>(hg::files::load_model(path)); }));
  }
  std::filesystem::remove_all(folder);
  const auto line = [](const char* what, const std::vector<double>& ours, const std::vector<double>& least) {
    std::printf("%s: %.1f ms, %.2f times the least of %.1f ms\n", what, 1e3 * bench::median(ours),
                bench::median(ours) / bench::median(least), 1e3 * bench::median(least));
  };
  std::printf("%.1f MB\n", static_cast<double>(bytes.size()) / 1e6);
  line("save", saves, writes), line("load", loads, reads);
  return 0;
}
