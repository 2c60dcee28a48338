#include "support/expect_error.h"
#include "support/folder.h"

#include <hourglass/training/log_file.h>

#include <gmock/gmock.h>

namespace hourglass::training {
namespace {

std::size_t whole_lines(std::string_view contents) {
  const std::size_t end = contents.rfind('\n');
  return end == std::string_view::npos ? 0 : end + 1;
}

struct LogFileTest : ::testing::Test {
  Folder folder{"log_file"};
  std::string path = folder / "log";
  LogFile log{"Log", path, whole_lines};
};

TEST_F(LogFileTest, IsCutBackToWhereACheckpointKnewIt) {
  log.append("one\n");
  const std::int64_t known = log.length();
  log.append("two\n");
  LogFile resumed("Log", path, whole_lines);
  resumed.go_on_at(known);
  EXPECT_EQ(text_of(path), "one\ntwo\n");  // until it is written to
  resumed.append("2\n");
  EXPECT_EQ(text_of(path), "one\n2\n");
}

TEST_F(LogFileTest, EndsWithAWholeRecordIfTheDiskHasLostSome) {
  write_over(path, "one\nhal");
  log.go_on_at(20);
  EXPECT_EQ(log.settle(), 4);
  log.append("two\n");
  EXPECT_EQ(text_of(path), "one\ntwo\n");
}

TEST_F(LogFileTest, GoesOnBehindWhatThereIs) {
  log.go_on_at_end();
  EXPECT_EQ(log.length(), 0);
  write_over(path, "one\nhal");
  log.go_on_at_end();
  EXPECT_EQ(log.length(), 4);
  EXPECT_EQ(text_of(path), "one\nhal");
}

TEST_F(LogFileTest, KeepsWhatAnotherHasAddedAndBeginsAnewIfItIsGone) {
  log.append("one\n");
  write_over(path, "one\nother\n");
  log.append("two\n");
  EXPECT_EQ(text_of(path), "one\nother\ntwo\n");
  std::filesystem::remove(path);
  EXPECT_EQ(log.settle(), 0);
  log.append("three\n");
  EXPECT_EQ(text_of(path), "three\n");
}

TEST_F(LogFileTest, TakesNoNegativeLength) {
  log.go_on_at(-1);
  EXPECT_EQ(log.settle(), 0);
  log.sync();
}

}  // namespace
}  // namespace hourglass::training
