#include <hourglass/data/dataset.h>
#include <hourglass/data/idx.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/join.h>
#include <hourglass/tensor/random.h>

#include <cmath>
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

constexpr const char* kFirst = "train-images-idx3-ubyte";

fs::path find_folder(const std::string& folder) {
  for (const fs::path& place : places(folder)) {
    if (!find(place, kFirst).empty()) return place;
  }
  return {};
}

Dataset read_part(const fs::path& folder, const std::string& part) {
  const auto file = [&](const std::string& name) {
    const fs::path path = find(folder, name);
    if (path.empty())
      throw FileError("mnist: {} has {}, but not {}; fetch them again with data/fetch_mnist.sh",
                      folder.string(), kFirst, name);
    return path.string();
  };
  Dataset out{read_idx(file(part + "-images-idx3-ubyte")),
              read_idx(file(part + "-labels-idx1-ubyte")).to(int64), Tensor()};
  if (out.images.rank() != 3 || out.labels.rank() != 1 || out.images.shape(0) != out.labels.shape(0)) {
    throw FileError("mnist: in {} the {} images have shape {}, but their labels {}", folder.string(), part,
                    out.images.shape(), out.labels.shape());
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
  if (found.empty()) {
    std::string looked;
    for (const fs::path& place : places(folder)) looked += "\n  " + place.string();
    throw FileError(
        "mnist: no {} (or .gz) found. Looked in:{}\nset HOURGLASS_DATA_DIR, or fetch the files with "
        "data/fetch_mnist.sh",
        kFirst, looked);
  }
  return {"mnist", read_part(found, "train"), read_part(found, "t10k")};
}

Dataset limited(const Dataset& data, std::int64_t n) {
  if (n < 0) throw DataError("limited: the number of examples must not be negative, got {}", n);
  const Slice first{0, n};
  return {slice(data.images, 0, first), slice(data.labels, 0, first),
          data.factors.rank() == 2 ? slice(data.factors, 0, first) : Tensor()};
}

std::pair<Dataset, Dataset> split_off(const Dataset& data, double fraction, std::uint64_t seed) {
  if (!(fraction >= 0.0 && fraction <= 1.0))
    throw DataError("split_off: the fraction must be in [0, 1], got {}", fraction);
  Generator generator(seed);
  const Tensor order = permutation(data.size(), generator);
  const std::int64_t rest =
      data.size() - static_cast<std::int64_t>(std::llround(fraction * static_cast<double>(data.size())));
  return {chosen(data, slice(order, 0, {0, rest})), chosen(data, slice(order, 0, {rest, data.size()}))};
}

}  // namespace hourglass::data
