#include <hourglass/data/dataset.h>
#include <hourglass/data/idx.h>
#include <hourglass/data/split.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/join.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace hourglass::data {

namespace fs = std::filesystem;

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

std::vector<fs::path> places(const std::string& folder) {
  std::vector<fs::path> roots;
  if (!folder.empty()) {
    roots = {folder};
  } else {
    if (const std::string dir = variable("HOURGLASS_DATA_DIR"); !dir.empty()) roots.emplace_back(dir);
    const std::string cache = variable("XDG_CACHE_HOME"), home = variable("HOME");
    if (!cache.empty()) {
      roots.emplace_back(fs::path(cache) / "hourglass");
    } else if (!home.empty()) {
      roots.emplace_back(fs::path(home) / ".cache" / "hourglass");
    }
  }
  std::vector<fs::path> all;
  for (const fs::path& root : roots) {
    all.push_back(root);
    all.push_back(root / "mnist");
  }
  return all;
}

// The file in a folder, plain or gzipped; empty if it is not there.
fs::path find(const fs::path& folder, const std::string& name) {
  std::error_code ignored;
  for (const char* ending : {"", ".gz"}) {
    if (fs::path file = folder / (name + ending); fs::is_regular_file(file, ignored)) return file;
  }
  return {};
}

constexpr std::array<const char*, 4> kFiles{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                                            "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

std::vector<std::string> missing_in(const fs::path& place) {
  std::vector<std::string> names;
  for (const char* name : kFiles) {
    if (find(place, name).empty()) names.emplace_back(name);
  }
  return names;
}

// The first place that has all four files; empty if none has.
fs::path find_folder(const std::string& folder) {
  for (const fs::path& place : places(folder)) {
    if (missing_in(place).empty()) return place;
  }
  return {};
}

// For each place a line; "/data (without train-labels-idx1-ubyte)" where only some of the files are there.
[[noreturn]] void throw_not_found(const std::string& folder) {
  std::string looked, wanted = kFiles[0];
  for (const fs::path& place : places(folder)) {
    const std::vector<std::string> missing = missing_in(place);
    looked += "\n  " + place.string();
    if (missing.size() == kFiles.size()) continue;
    wanted = missing.front();
    for (const std::string& name : missing) looked += (&name == missing.data() ? " (without " : ", ") + name;
    looked += ")";
  }
  throw FileError(
      "mnist: no {} (or .gz) found. Looked in:{}\nset HOURGLASS_DATA_DIR, or fetch the files with "
      "data/fetch_mnist.sh",
      wanted, looked);
}

Dataset read_part(const fs::path& folder, const char* images, const char* labels) {
  Dataset out{read_idx(find(folder, images).string()), read_idx(find(folder, labels).string()).to(int64),
              Tensor()};
  if (out.images.rank() != 3 || out.labels.rank() != 1 || out.images.shape(0) != out.labels.shape(0)) {
    throw FileError(
        "mnist: in {} the images of {} have shape {}, but the labels of {} {}; data/fetch_mnist.sh fetches "
        "files that belong together",
        folder.string(), images, out.images.shape(), labels, out.labels.shape());
  }
  return out;
}

Dataset chosen(const Dataset& data, const Tensor& rows) {
  const bool with_factors = data.factors.rank() == 2;
  return {take(data.images, rows), take(data.labels, rows),
          with_factors ? take(data.factors, rows) : Tensor()};
}

}  // namespace

bool has_mnist(const std::string& folder) { return !find_folder(folder).empty(); }

DataSplit mnist(const std::string& folder) {
  const fs::path found = find_folder(folder);
  if (found.empty()) throw_not_found(folder);
  return {"mnist", read_part(found, kFiles[0], kFiles[1]), read_part(found, kFiles[2], kFiles[3])};
}

DataSplit digits(const std::string& word, std::int64_t limit) {
  const bool drawn = word == "strokes" || (word.empty() && !has_mnist());
  const bool folder = !drawn && !word.empty() && word != "mnist";
  StrokesOptions all;  // the first images are the same however many are drawn
  if (limit > 0) all = {.train = std::min(limit, all.train), .test = std::min(limit, all.test)};
  DataSplit split = drawn ? strokes(all) : mnist(folder ? word : "");
  if (folder) split.name = word;
  if (limit != 0) split = {split.name, limited(split.train, limit), limited(split.test, limit)};
  const Shape train = split.train.images.shape(), test = split.test.images.shape();
  if (train.size() == 0 || test.size() == 0 || train.without(0) != test.without(0)) {
    throw DataError(
        "digits: {} has training images {} and test images {}; expected images of one size; "
        "is the folder's data set whole, and the limit above 0?",
        split.name, train, test);
  }
  return split;
}

std::string describe(const DataSplit& split) {
  const Shape images = split.train.images.shape();
  const char* const what = split.name == "mnist"     ? ", handwritten digits"
                           : split.name == "strokes" ? ", the built-in digits"
                                                     : "";
  return fmt::format("{}{}, {} images of {} x {} to train, {} to test", split.name, what, images[0],
                     images[1], images[2], split.test.size());
}

Dataset limited(const Dataset& data, std::int64_t n) {
  if (n < 0)
    throw DataError(
        "limited: the number of examples must not be negative, got {}; more than there are takes all", n);
  const Slice first{0, n};
  return {slice(data.images, 0, first), slice(data.labels, 0, first),
          data.factors.rank() == 2 ? slice(data.factors, 0, first) : Tensor()};
}

std::pair<Dataset, Dataset> split_off(const Dataset& data, double fraction, std::uint64_t seed) {
  const auto [first, second] = split_rows(data.size(), {.fraction = fraction, .seed = seed});
  return {chosen(data, first), chosen(data, second)};
}

}  // namespace hourglass::data
