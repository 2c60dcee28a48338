#include "support/expect_error.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/files/internal/reader.h>
#include <hourglass/files/internal/writer.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/base/philox.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

namespace hourglass::files {
namespace {

namespace fs = std::filesystem;
using nn::Dense;
using nn::Sequential;
using ::testing::HasSubstr;

Sequential network(std::uint64_t seed) {
  set_seed(seed);
  return Sequential{Dense(20, 16, {.activation = relu}), Sequential{Dense(16, 3, {.bias = false})}};
}

class State : public ::testing::Test {
 protected:
  State() : folder_(fs::temp_directory_path() / ("hourglass_state_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~State() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name = "model.h5") const {
    return (folder_ / name).string();
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  fs::path folder_;
};

TEST_F(State, LoadsTheSameBits) {
  Sequential one = network(1), two = network(2);
  save(path(), one);
  EXPECT_NE(weights_sha256(one), weights_sha256(two));
  load(path(), two);
  EXPECT_EQ(weights_sha256(one), weights_sha256(two));
  const Tensor x = ones({4, 20});
  EXPECT_EQ(one(x).value().str(), two(x).value().str());
  EXPECT_EQ(files(), 1U);  // nothing is left beside it
}

TEST(StateOf, IsACopyThatLaterTrainingDoesNotChange) {
  Dense layer(2, 1, {.kernel_initializer = nn::constant(1.0)});
  const std::vector<NamedTensor> before = state_of(layer);
  (void)backward(sum(layer(ones({3, 2}))));
  optim::SGD({.learning_rate = 0.1}).step(nn::parameters(layer));
  EXPECT_NE(layer.kernel.value().str(), ones({2, 1}).str());
  EXPECT_EQ(before.at(0).value.str(), ones({2, 1}).str());
}

TEST_F(State, MirrorsTheModuleTree) {
  Sequential net = network(1);
  const std::vector<Section> others{
      {"optimizer", {{"iterations", full({}, 7, int64)}, {"0.kernel.m", zeros({0, 3}, float64)}}}};
  save(path(), net, others);
  const std::vector<Section> sections = read_state(path());
  std::vector<std::string> names;
  for (const Section& section : sections) names.push_back(section.name);
  EXPECT_THAT(names, ::testing::ElementsAre("description", "model", "optimizer"));
  names.clear();
  for (const NamedTensor& t : sections[1].tensors) names.push_back(t.name);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("0.kernel", "0.bias", "1.0.kernel"));
  for (const NamedTensor& t : sections[2].tensors) {
    if (t.name == "iterations") {
      EXPECT_EQ(t.value.item(), 7.0);
    }
  }
}

TEST_F(State, AreReadByOtherProgramsByName) {
  if (std::system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") != 0) return;  // checked where h5py is
  Sequential net = network(1);
  save(path(), net);
  const std::string script =
      "import h5py, sys; f = h5py.File(sys.argv[1]); k = f['model/0/kernel']; "
      "assert k.shape == (20, 16) and k.dtype == 'float32'; "
      "assert f['model/1/0/kernel'].shape == (16, 3); assert 'bias' not in f['model/1/0']; "
      "assert abs(float(k[3, 5]) - float(sys.argv[2])) < 1e-7";
  const double element = dynamic_cast<Dense&>(net[0]).kernel.value()[3][5].item();
  EXPECT_EQ(std::system(("/usr/bin/python3 -c \"" + script + "\" " + path() + " " +
                         std::to_string(element * 1e6) + "e-6")
                            .c_str()),
            0);
}

TEST_F(State, ListsEverythingThatDoesNotFitAndChangesNothing) {
  Sequential one = network(1);
  save(path(), one);
  set_seed(3);
  Sequential other{Dense(20, 15, {.activation = relu}), Dense(15, 3)};
  const std::string before = weights_sha256(other);
  try {
    load(path(), other);
    FAIL() << "loaded a model of another form";
  } catch (const FileError& error) {
    for (const char* text :
         {"does not fit Sequential(2 layers); nothing was changed:", "missing: 1.kernel (15, 3) float32",
          "missing: 1.bias (3,) float32", "unexpected: 1.0.kernel (16, 3) float32",
          "of another form: 0.kernel is (20, 16) float32, expected (20, 15) float32",
          "of another form: 0.bias is (16,) float32, expected (15,) float32"}) {
      EXPECT_THAT(error.what(), HasSubstr(text));
    }
  }
  EXPECT_EQ(weights_sha256(other), before);
}

TEST_F(State, DamagedFilesAreErrorsAndChangeNothing) {
  Sequential net = network(1);
  save(path(), net);
  const std::string whole = read(path());
  const std::string hash = weights_sha256(net);
  const auto expect_error_or_same = [&](const std::string& bytes) {
    write(path("damaged.h5"), bytes);
    Sequential target = network(2);
    const std::string before = weights_sha256(target);
    try {
      load(path("damaged.h5"), target);
      EXPECT_EQ(weights_sha256(target), hash) << "wrong numbers were loaded";
    } catch (const FileError&) {
      EXPECT_EQ(weights_sha256(target), before);
    }
  };
  for (std::size_t cut = 0; cut < whole.size(); cut += cut < 200 ? 1 : 97) {
    write(path("cut.h5"), whole.substr(0, cut));
    Sequential target = network(2);
    EXPECT_THROW(load(path("cut.h5"), target), FileError) << "cut at " << cut;
  }
  for (std::int64_t i = 0; i < 2000; ++i) {
    std::string flipped = whole;
    const auto at = static_cast<std::size_t>(random_below(static_cast<std::int64_t>(whole.size()), 1, 1, i));
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << random_below(8, 1, 2, i)));
    expect_error_or_same(flipped);
  }
}

TEST(Image, EveryFlippedBitIsNoticedOrChangesNothing) {
  Sequential net = network(1);
  const std::vector<Section> sections{{"model", state_of(net)}};
  const hdf5::FileImage made = hdf5::image_of(sections);
  std::vector<std::byte> image(made.bytes().begin(), made.bytes().end());
  const auto digest = [](const std::vector<Section>& of) {
    Sha256 hash;
    for (const Section& s : of) {
      for (const NamedTensor& t : s.tensors) hash.add(s.name + " " + t.name + " " + sha256(t.value) + "\n");
    }
    return hash.hex();
  };
  const std::string before = digest(hdf5::read_sections("x", image));
  const auto bits = static_cast<std::int64_t>(8 * image.size());
  int refused = 0;
  for (std::int64_t i = 0; i < 10'000; ++i) {
    const auto bit = static_cast<std::size_t>(random_below(bits, 1, 3, i));
    const auto flip = [&] { image.at(bit / 8) ^= std::byte{1} << (bit % 8); };
    flip();
    try {
      EXPECT_EQ(digest(hdf5::read_sections("x", image)), before) << "bit " << bit;
    } catch (const FileError&) {
      ++refused;
    }
    flip();
  }
  EXPECT_GT(refused, 8'000);  // the rest is room between blocks
}

// Names of few letters, so that many are equal, begin others, or are forbidden.
TEST(Image, OddNamesAreReadAgainOrRefused) {
  const std::vector<std::string> pieces{"a",
                                        "b",
                                        "0",
                                        ".",
                                        ".",
                                        "/",
                                        std::string(1, '\0'),
                                        " ",
                                        "é",
                                        "\n",
                                        "%",
                                        "..",
                                        "\\",
                                        std::string(100, 'n'),
                                        std::string(260, 'm')};
  std::int64_t draw = 0;
  const auto random = [&](std::size_t n) {
    return static_cast<std::size_t>(random_below(static_cast<std::int64_t>(n), 2, 0, draw++));
  };
  const auto any_name = [&](std::size_t longest) {
    std::string name;
    for (std::size_t n = random(longest + 1); n > 0; --n)
      name += pieces[random(random(4) == 0 ? pieces.size() : 4)];
    return name;
  };
  int written = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::vector<Section> sections;
    std::set<std::string> names, again;
    for (std::size_t s = random(3); s < 3; ++s) {
      sections.push_back({any_name(3), {}});
      for (std::size_t t = random(6); t > 0; --t) {
        sections.back().tensors.push_back({any_name(8), ones({2})});
        names.insert(sections.back().name + ":" + sections.back().tensors.back().name);
      }
    }
    hdf5::FileImage image;
    try {
      image = hdf5::image_of(sections);
    } catch (const FileError&) {
      continue;
    }
    ++written;
    for (const Section& s : hdf5::read_sections("x", image)) {
      for (const NamedTensor& t : s.tensors) again.insert(s.name + ":" + t.name);
    }
    EXPECT_EQ(again, names);
  }
  EXPECT_GT(written, 100);
}

TEST(Image, NamesThatCannotBeReadAgainAreRefused) {
  const auto refuses = [](const std::string& name) {
    const std::vector<Section> sections{{"model", {{"fine", ones({1})}, {name, ones({1})}}}};
    EXPECT_THROW((void)hdf5::image_of(sections), FileError) << name;
  };
  std::string deep = "d";
  for (int i = 0; i < 64; ++i) deep += ".d";
  for (const std::string& name : {std::string("a/b"), std::string(), std::string("."), std::string("a..b"),
                                  std::string("fine"), std::string("fine.b"), std::string(513, 'n'), deep}) {
    refuses(name);
  }
  const std::vector<Section> longest{
      {"model", {{std::string(512, 'n'), ones({1})}, {deep.substr(2), ones({1})}}}};
  EXPECT_EQ(hdf5::read_sections("x", hdf5::image_of(longest)).at(0).tensors.size(), 2U);
}

TEST_F(State, FilesWithoutBoundsAreRefusedAtOnce) {
  Sequential net = network(1);
  const auto started = std::chrono::steady_clock::now();
  save(path("appended.h5"), net);
  for (const char* name : {"sparse.h5", "appended.h5"}) {
    std::ofstream(path(name), std::ios::app).flush();
    fs::resize_file(path(name), std::uintmax_t{1} << 40);
    EXPECT_THROW_TEXT(load(path(name), net), FileError, "damaged, cut short");
    fs::remove(path(name));
  }
  EXPECT_THROW_TEXT(load("/dev/zero", net), FileError, "cannot read /dev/zero: it is a device");
  mkfifo(path("pipe").c_str(), 0600);
  EXPECT_THROW_TEXT(load(path("pipe"), net), FileError, "a pipe");
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
}

TEST_F(State, SaysWhatIsWrongWithAFile) {
  Sequential net = network(1);
  EXPECT_THROW_TEXT(load(path("none.h5"), net), FileError, "No such file or directory");
  write(path("empty.h5"), "");
  EXPECT_THROW_TEXT(load(path("empty.h5"), net), FileError, "empty.h5 is empty");
  write(path("text.h5"), "this is no model");
  EXPECT_THROW_TEXT(load(path("text.h5"), net), FileError, "is damaged, cut short or not an HDF5 file");
  EXPECT_THROW_TEXT(load(folder_.string(), net), FileError, "cannot read");
  EXPECT_THROW_TEXT(save(path("no/folder/model.h5"), net), FileError, "save: cannot write");
  const std::vector<Section> other{{"optimizer", {}}};
  write_state(path("other.h5"), other);
  EXPECT_THROW_TEXT(load(path("other.h5"), net), FileError, "holds no model");
}

// Runs f in a child process and returns how it ended.
template <class F>
int in_child(F f) {
  const pid_t child = fork();
  if (child == 0) {
    f();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST_F(State, FullDiskLeavesTheOldFile) {
  Sequential old_net = network(1), large{Dense(300, 300)};
  const auto try_to_save = [&](const std::string& file) {
    save(file, old_net);
    const std::string before = read(file);
    rlimit limit{};
    if (file == path()) {
      std::signal(SIGXFSZ, SIG_IGN);
      limit = {100'000, 100'000};
      setrlimit(RLIMIT_FSIZE, &limit);
    }
    try {
      save(file, large);
      _exit(1);
    } catch (const FileError& error) {
      const bool told =
          std::string(error.what()).find("what was at " + file + " before is untouched") != std::string::npos;
      _exit(told && read(file) == before ? 0 : 2);
    }
  };
  EXPECT_EQ(in_child([&] { try_to_save(path()); }), 0);
  EXPECT_EQ(files(), 1U);
  const fs::path disk = folder_ / "disk";
  fs::create_directories(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=128k") != 0)
    return;  // only root may: the limit above stands in
  EXPECT_EQ(in_child([&] { try_to_save((disk / "model.h5").string()); }), 0);
  umount(disk.c_str());
}

TEST_F(State, KillingASaveLeavesTheOldOrTheNewFile) {
  Sequential one = network(1), two = network(2);
  const std::string hash_one = weights_sha256(one), hash_two = weights_sha256(two);
  save(path(), one);
  const char* const asked = std::getenv("HOURGLASS_KILLS");  // as kills.sh asks for
  const int rounds = asked ? std::atoi(asked) : 200;
  int left = 0;  // unfinished files, seen after a kill
  for (int round = 0; round < rounds; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      for (;;) {
        save(path(), two);
        save(path(), one);
      }
    }
    usleep(static_cast<useconds_t>(500 + random_below(6000, 5, 0, round)));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    Sequential target = network(3);
    ASSERT_NO_THROW(load(path(), target)) << "round " << round;
    const std::string loaded = weights_sha256(target);
    ASSERT_TRUE(loaded == hash_one || loaded == hash_two) << "round " << round;
    ASSERT_LE(files(), 2U) << "round " << round;  // the file, and what the last one left
    left += static_cast<int>(files()) - 1;
  }
  save(path(), one);
  EXPECT_EQ(files(), 1U);
  std::printf("%d kills, %d unfinished files left and removed\n", rounds, left);
}

TEST(Sha256, GivesThePublishedDigests) {  // FIPS 180-4 examples
  const auto digest = [](const std::string& text) {
    Sha256 hash;
    hash.add(text);
    return hash.hex();
  };
  EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace hourglass::files
