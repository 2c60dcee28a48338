// How fast a CSV file is read, and what memory that takes.
//
//     csv [MEGABYTES] [REPEATS]
//
// Makes a file of that size (1000 if none is given) in a temporary folder: ten columns of numbers, one of
// dates, one of categories. Prints the median rate of REPEATS reads (3) beside that of plain reads, and the
// peak of the memory that the first one took, the table's included, over the table's. The file was just
// written, so it comes from the system's cache.

#include "timing.h"

#include <hourglass/data/tables/csv.h>
#include <hourglass/tensor/base/threads.h>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace hg = hourglass;

namespace {

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0 / 1e6;
}

// A number in [0, 1) for each (row, column): the golden ratio's multiples.
double drawn(std::int64_t row, int column) {
  const double v = 0.6180339887498949 * static_cast<double>(row) + 0.37 * static_cast<double>(column);
  return v - static_cast<double>(static_cast<std::int64_t>(v));
}

void write_file(const std::string& path, double bytes) {
  std::ofstream out(path, std::ios::binary);
  std::string text = "a,b,c,d,e,f,g,h,i,j,day,place\n";
  const char* const places[] = {"Aachen", "Bonn", "\"Kiel, Ost\"", ""};
  double written = 0.0;
  for (std::int64_t row = 0; written < bytes; ++row) {
    for (int c = 0; c < 10; ++c) text += fmt::format("{:.{}f},", 1000.0 * drawn(row, c), c);
    text += fmt::format("2024-{:02}-{:02},{}\n", 1 + row % 12, 1 + row % 28, places[row % 4]);
    if (text.size() < 1 << 20) continue;
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    written += static_cast<double>(text.size()), text.clear();
  }
  if (!out.flush()) {
    fmt::print(stderr, "cannot write {}\n", path);
    std::exit(2);
  }
}

double plain_read(const std::string& path) {
  const double start = bench::seconds();
  std::ifstream in(path, std::ios::binary);
  std::string buffer(1 << 22, '\0');
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()))) {
  }
  return bench::seconds() - start;
}

}  // namespace

int main(int argc, char** argv) {
  const double megabytes = argc > 1 ? std::atof(argv[1]) : 1000.0;
  const int repeats = argc > 2 ? std::atoi(argv[2]) : 3;
  if (!(megabytes > 0.0) || repeats < 1) {
    fmt::print(stderr, "csv [MEGABYTES] [REPEATS]: both must be above 0\n");
    return 2;
  }
  const std::string path = std::filesystem::temp_directory_path() / fmt::format("hourglass_{}.csv", getpid());
  write_file(path, 1e6 * megabytes);
  const double size = static_cast<double>(std::filesystem::file_size(path)) / 1e6, before = peak_mb();
  std::vector<double> reads, plain;
  double table_mb = 0.0, peak = 0.0;
  std::int64_t rows = 0;
  for (int i = 0; i < repeats; ++i) {
    plain.push_back(plain_read(path));
    const double start = bench::seconds();
    const hg::data::Table table = hg::data::read_csv(path);
    reads.push_back(bench::seconds() - start);
    if (i == 0) peak = peak_mb() - before;
    rows = table.rows();
    table_mb = static_cast<double>(rows) * 8.0 * static_cast<double>(table.columns().size()) / 1e6;
  }
  std::filesystem::remove(path);
  fmt::print("{:.0f} MB, {} rows, {} threads\n", size, rows, hg::num_threads());
  fmt::print("read_csv: {:.0f} MB/s; plain reads: {:.0f} MB/s\n", size / bench::median(reads),
             size / bench::median(plain));
  fmt::print("peak memory: {:.0f} MB, {:.2f} times the table's {:.0f} MB\n", peak, peak / table_mb, table_mb);
  return 0;
}
