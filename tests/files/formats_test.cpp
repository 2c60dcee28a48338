#include "support/expect_error.h"

#include <hourglass/files/model.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/philox.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace hourglass::files {
namespace {

namespace fs = std::filesystem;

const fs::path kHere = HOURGLASS_FILES_TESTS;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// As h5py_files.py lists a file.
std::string listing(const fs::path& path) {
  std::vector<std::string> lines;
  for (const Section& section : read_state(path.string())) {
    for (const NamedTensor& t : section.tensors) {
      Sha256 hash;
      visit(t.value.dtype(), [&]<class T>() {
        hash.add(std::as_bytes(std::span(t.value.data<T>(), static_cast<std::size_t>(t.value.size()))));
      });
      lines.push_back(section.name + " " + t.name + " " + std::string(name(t.value.dtype())) + " " +
                      t.value.shape().str() + " " + hash.hex() + "\n");
    }
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line;
  return out;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".h5") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void expect_read_as_listed(const fs::path& folder) {
  ASSERT_FALSE(files_in(folder).empty());
  for (const fs::path& path : files_in(folder)) {
    try {
      EXPECT_EQ(listing(path), read(fs::path(path).replace_extension(".txt"))) << path;
    } catch (const std::exception& error) {
      ADD_FAILURE() << path << ": " << error.what();
    }
  }
}

// Whatever wrote them, files of these forms are read for ever.
TEST(Formats, FilesOfAllVersionsAreRead) { expect_read_as_listed(kHere / "formats"); }

TEST(Formats, AWholeModelOfVersion2IsMadeAgain) {
  const ModelFile file((kHere / "formats/hourglass_version_2.h5").string());
  const std::unique_ptr<nn::Module> model = file.model();
  EXPECT_EQ(model->describe(), "VariationalAutoencoder");
  EXPECT_EQ(weights_sha256(*model), "7d5374fc8cd5e17bfa3280dcff5efe500b50cd303a7a0c2fe2a2a03fdf84d848");
  EXPECT_EQ(file.optimizer()->iterations(), 5);
  EXPECT_EQ(file.optimizer()->learning_rate(), 0.005);  // StepDecay, after step 3
  EXPECT_EQ(file.notes().data, "uniform");
  EXPECT_EQ(file.notes().documents.at("threshold"), R"({"value":0.75})");
  const auto frozen = nn::parameters(*file.part("decoder.1"));
  EXPECT_FALSE(frozen.at(0).variable.requires_grad());
}

class WithH5py : public ::testing::Test {
 protected:
  WithH5py() : folder_(fs::temp_directory_path() / ("hourglass_formats_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~WithH5py() override { fs::remove_all(folder_); }
  static bool has_h5py() { return std::system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") == 0; }
  static bool python(const std::string& arguments) {
    return std::system(
               ("/usr/bin/python3 " + (kHere / "h5py_files.py").string() + " " + arguments).c_str()) == 0;
  }
  fs::path folder_;
};

TEST_F(WithH5py, ItsFilesAreReadAsByItselfOrRefused) {
  if (!has_h5py()) GTEST_SKIP() << "needs python3-h5py";
  ASSERT_TRUE(python((folder_ / "files").string()));
  expect_read_as_listed(folder_ / "files/good");
  for (const fs::path& path : files_in(folder_ / "files/bad")) {
    EXPECT_THROW_TEXT((void)read_state(path.string()), FileError, "load: " + path.string());
  }
}

TEST_F(WithH5py, ItReadsOurFilesAsWeDo) {
  if (!has_h5py()) GTEST_SKIP() << "needs python3-h5py";
  std::vector<Section> sections{{"model", {}}, {"empty", {}}, {"s p a c e é", {}}};
  std::uint64_t draw = 0;
  const auto random = [&](std::int64_t n) {
    return random_below(n, 7, 0, static_cast<std::int64_t>(draw++));
  };
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(random(5)));
    for (std::int64_t& extent : shape) extent = random(4);
    const DType dtype = std::array{float32, float64, int64, uint8}.at(static_cast<std::size_t>(random(4)));
    std::string name = "n";
    if (i % 3 != 0) {
      name = "g";
      name.append(std::to_string(random(20))).append(".h").append(std::to_string(random(9))).append(".");
    }
    name.append(std::to_string(i));
    sections[i % 2 == 0 ? 0 : 2].tensors.push_back({name, uniform(Shape(shape), 0.0, 100.0).to(dtype)});
  }
  const fs::path path = folder_ / "ours.h5";
  write_state(path.string(), sections);
  ASSERT_TRUE(python("--list " + path.string() + " > " + (folder_ / "list").string()));
  EXPECT_EQ(listing(path), read(folder_ / "list"));
  const std::string first = read(path);
  write_state(path.string(), sections);
  EXPECT_EQ(read(path), first);  // the same numbers are the same bytes
}

}  // namespace
}  // namespace hourglass::files
