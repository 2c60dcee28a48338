#include "support/expect_error.h"

#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace hourglass {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class AtomicFile : public ::testing::Test {
 protected:
  AtomicFile() : folder_(fs::temp_directory_path() / ("hourglass_atomic_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~AtomicFile() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name = "file") const { return (folder_ / name).string(); }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static unsigned mode(const std::string& path) {
    struct stat status {};
    stat(path.c_str(), &status);
    return status.st_mode & 07777U;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_)) out.push_back(entry.path().filename().string());
    return out;
  }
  fs::path folder_;
};

TEST_F(AtomicFile, ReplacesTheWholeFileAndLeavesNothingBeside) {
  write_atomically("save", path(), "a long first text");
  write_atomically("save", path(), "short");
  EXPECT_EQ(read(path()), "short");
  write_atomically("save", path("empty"), "");
  EXPECT_EQ(read(path("empty")), "");
  EXPECT_THAT(names(), UnorderedElementsAre("file", "empty"));
  const fs::path old = fs::current_path();
  fs::current_path(folder_);
  write_atomically("save", "here", "no folder in the name");
  fs::current_path(old);
  EXPECT_EQ(read(path("here")), "no folder in the name");
  const std::string longest(255, 'n');
  write_atomically("save", path(longest), "1");
  EXPECT_EQ(read(path(longest)), "1");
}

TEST_F(AtomicFile, WritesThroughLinksAndKeepsThem) {
  fs::create_directories(folder_ / "there");
  write_atomically("save", path("there/target"), "old");
  fs::create_symlink("there/target", path("relative"));
  fs::create_symlink(path("relative"), path("chain"));
  fs::create_symlink("there/new", path("dangling"));
  fs::create_symlink("loop", path("loop"));
  write_atomically("save", path("chain"), "new");
  write_atomically("save", path("dangling"), "made");
  EXPECT_EQ(read(path("there/target")), "new");
  EXPECT_EQ(read(path("there/new")), "made");
  for (const char* link : {"relative", "chain", "dangling"}) EXPECT_TRUE(fs::is_symlink(path(link))) << link;
  EXPECT_THROW_TEXT(write_atomically("save", path("loop"), "x"), FileError, "symbolic links");
  EXPECT_TRUE(fs::is_symlink(path("loop")));
}

TEST_F(AtomicFile, KeepsPermissionsAndRefusesReadOnlyFiles) {
  const mode_t old = umask(027);
  write_atomically("save", path("new"), "x");
  umask(old);
  EXPECT_EQ(mode(path("new")), 0640U);
  for (const unsigned kept : {0600U, 0644U, 0666U, 0755U}) {
    chmod(path("new").c_str(), kept);
    write_atomically("save", path("new"), "y");
    EXPECT_EQ(mode(path("new")), kept);
  }
  chmod(path("new").c_str(), 0444);
  EXPECT_THROW_TEXT(write_atomically("save", path("new"), "z"), FileError, "read-only and stays as it was");
  EXPECT_EQ(read(path("new")), "y");
  EXPECT_EQ(mode(path("new")), 0444U);
  EXPECT_THAT(names(), UnorderedElementsAre("new"));
}

TEST_F(AtomicFile, RemovesWhatDeadWritersLeftAndNothingElse) {
  const std::vector<std::string> strangers{"file.tmp-0123456789abcde", "file.tmp-0123456789abcdeg",
                                           "file.tmp-0123456789abcdef0", "other.tmp-0123456789abcdef",
                                           "file.tmp-1-0"};
  for (const std::string& name : strangers) std::ofstream(path(name)) << "a stranger's";
  std::ofstream(path("file.tmp-0123456789abcdef")) << "half";
  std::ofstream(path("file.tmp-00000000000000aa")) << "written now";
  const int live = open(path("file.tmp-00000000000000aa").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(flock(live, LOCK_EX | LOCK_NB), 0);
  write_atomically("save", path(), "x");
  EXPECT_FALSE(fs::exists(path("file.tmp-0123456789abcdef")));
  EXPECT_TRUE(fs::exists(path("file.tmp-00000000000000aa")));
  for (const std::string& name : strangers) EXPECT_TRUE(fs::exists(path(name))) << name;
  close(live);
  write_atomically("save", path(), "y");
  EXPECT_FALSE(fs::exists(path("file.tmp-00000000000000aa")));
}

TEST_F(AtomicFile, ManyWritersOfOneFileDoNotDisturbEachOther) {
  const std::string a(100'000, 'a'), b(200'000, 'b');
  const auto write_often = [&](const std::string& text) {
    for (int i = 0; i < 60; ++i) write_atomically("save", path(), text);
  };
  const pid_t child = fork();
  if (child == 0) {
    try {
      write_often(b);
    } catch (...) {
      _exit(1);
    }
    _exit(0);
  }
  std::thread one([&] { EXPECT_NO_THROW(write_often(a)); }), two([&] { EXPECT_NO_THROW(write_often(b)); });
  for (int i = 0; i < 60; ++i) {
    const std::string seen = read(path());
    EXPECT_TRUE(seen.empty() || seen == a || seen == b);
  }
  one.join(), two.join();
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(names(), UnorderedElementsAre("file"));
}

TEST_F(AtomicFile, SaysWhyItCannotWrite) {
  EXPECT_THROW_TEXT(write_atomically("save", path("no/folder/file"), "x"), FileError,
                    "save: cannot write " + path("no/folder/file") + ": No such file or directory");
  EXPECT_THROW_TEXT(write_atomically("save", folder_.string(), "x"), FileError, "is a folder; name a file");
  EXPECT_THROW_TEXT(write_atomically("save", "", "x"), FileError, "save: cannot write");
  EXPECT_THROW_TEXT(write_atomically("save", "/dev/full", "x"), FileError, "No space left on device");
}

TEST_F(AtomicFile, WritesToPipesAndOpenDescriptorsAsTheyAre) {
  write_atomically("save", "/dev/null", "x");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  write_atomically("save", "/dev/fd/" + std::to_string(ends[1]), "through");
  std::array<char, 16> got{};
  EXPECT_EQ(::read(ends[0], got.data(), got.size()), 7);
  EXPECT_STREQ(got.data(), "through");
  close(ends[0]), close(ends[1]);
  // Standard output into a file: what was printed before stays in front.
  const int file = open(path("out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644), before = dup(STDOUT_FILENO);
  std::fflush(stdout);
  dup2(file, STDOUT_FILENO);
  std::printf("first ");
  write_atomically("save", "/dev/stdout", "second");
  dup2(before, STDOUT_FILENO);
  close(file), close(before);
  EXPECT_EQ(read(path("out")), "first second");
}

TEST_F(AtomicFile, OpensRegularFilesOnly) {
  std::ofstream(path()) << "12345";
  EXPECT_EQ(open_input("load", path()).size, 5U);
  mkfifo(path("pipe").c_str(), 0600);
  for (const std::string& no_file : {path("pipe"), std::string("/dev/zero"), folder_.string()})
    EXPECT_THROW_TEXT((void)open_input("load", no_file), FileError, "load: cannot read " + no_file);
  EXPECT_THROW_TEXT((void)open_input("load", path("none")), FileError, "No such file or directory");
}

}  // namespace
}  // namespace hourglass
