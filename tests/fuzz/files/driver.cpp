// Gives each file of a folder to its reader, and after that `count` changed copies of them. Needs no fuzzing
// engine.
//
//     fuzz_files FOLDER [COUNT [SEED]]
//
// Seeds are named by reader: model_*.h5, idx_*. A run that fails leaves the bytes as fuzz_files.input.
#include "targets.h"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace {

using hourglass::fuzz::Bytes;
using Random = std::mt19937_64;

struct Seed {
  std::string reader;
  Bytes bytes;
};

std::vector<Seed> seeds_in(const std::filesystem::path& folder) {
  std::vector<Seed> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto bytes = std::as_bytes(std::span(text));
    out.push_back({name.substr(0, name.find('_')), Bytes(bytes.begin(), bytes.end())});
  }
  return out;
}

std::size_t below(Random& random, std::size_t n) { return n == 0 ? 0 : random() % n; }

// One change: a bit, a byte, a number, a stretch taken from elsewhere, put in, left out.
void change(Bytes& bytes, Random& random) {
  constexpr std::size_t kLongest = 64;
  if (bytes.empty()) bytes.push_back({});
  const std::size_t at = below(random, bytes.size()),
                    length = 1 + below(random, std::min(kLongest, bytes.size() - at));
  const std::size_t from = below(random, bytes.size() - length + 1);
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at),
             end = begin + static_cast<std::ptrdiff_t>(length);
  switch (below(random, 6)) {
    case 0:
      *begin ^= std::byte{1} << below(random, 8);
      break;
    case 1:
      *begin = static_cast<std::byte>(random());
      break;
    case 2: {  // a small or a huge number of up to 8 bytes
      const std::uint64_t value =
          std::uint64_t{0} - below(random, 3) + (below(random, 2) ? below(random, 300) : 0);
      for (std::size_t i = 0; i < std::min<std::size_t>(length, 8); ++i)
        begin[static_cast<std::ptrdiff_t>(i)] = static_cast<std::byte>(value >> (8 * i));
      break;
    }
    case 3: {
      const Bytes stretch(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                          bytes.begin() + static_cast<std::ptrdiff_t>(from + length));
      std::copy(stretch.begin(), stretch.end(), begin);
      break;
    }
    case 4:
      bytes.insert(begin, length, static_cast<std::byte>(random()));
      break;
    default:
      bytes.erase(begin, end);
  }
}

void give(const Seed& seed) {
  for (const hourglass::fuzz::Reader& reader : hourglass::fuzz::kReaders) {
    if (seed.reader == reader.name) return reader.read(seed.bytes);
  }
  std::fprintf(stderr, "no reader is called %s\n", seed.reader.c_str());
  std::exit(2);
}

const Bytes* current = nullptr;

void keep_input(int /*signal*/) {
  if (std::FILE* const file = std::fopen("fuzz_files.input", "wb")) {
    (void)std::fwrite(current->data(), 1, current->size(), file);
    std::fclose(file);
  }
  std::_Exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fputs("usage: fuzz_files FOLDER [COUNT [SEED]]\n", stderr), 2;
  const std::vector<Seed> seeds = seeds_in(argv[1]);
  const long count = argc > 2 ? std::atol(argv[2]) : 0;
  Random random(argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
  std::signal(SIGABRT, keep_input);
  std::signal(SIGSEGV, keep_input);
  for (const Seed& seed : seeds) current = &seed.bytes, give(seed);
  for (long i = 0; i < count; ++i) {
    Seed input = seeds.at(below(random, seeds.size()));
    for (std::size_t n = below(random, 4); n < 4; ++n) change(input.bytes, random);
    if (input.reader == "model" && i % 8 != 0) input.bytes = hourglass::fuzz::repaired(input.bytes);
    current = &input.bytes;
    give(input);
  }
  std::printf("%zu files and %ld changed ones were read or refused\n", seeds.size(), count);
}
