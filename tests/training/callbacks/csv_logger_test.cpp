#include "training/small_training.h"

#include <fmt/format.h>

#include <cmath>

namespace hourglass::training {
namespace {

TEST(CSVLogger, WritesARowAnEpochThatReadsBack) {
  const Folder folder("csv_logger");
  CSVLogger log(folder / "log.csv");
  EpochFigures figures([] { return std::vector<Figure>{{"a \"third\", of 1", 1.0 / 3.0}}; });
  SmallTraining t;
  const History history = t.fit(2, {&figures, &log});
  std::string expected = "epoch,loss,val_loss,\"a \"\"third\"\", of 1\"\n";
  for (const EpochRecord& e : history.epochs)
    expected += fmt::format("{},{},{},0.3333333333333333\n", e.epoch, e.loss, *e.val_loss);
  EXPECT_EQ(text_of(folder / "log.csv"), expected);
}

TEST(CSVLogger, ReplacesAFileOrAddsToItsColumns) {
  const Folder folder("csv_logger");
  const std::string file = folder / "log.csv";
  const auto run = [&](CSVLoggerOptions options) {
    CSVLogger log(file, options);
    SmallTraining t;
    return t.fit({.epochs = 1, .callbacks = {&log}, .verbose = Verbose::silent}).epochs.front().loss;
  };
  write_over(file, "epoch;other;loss\n1;5;6\n2;half of a ro");
  const double loss = run({.separator = ';', .append = true});
  EXPECT_EQ(text_of(file), fmt::format("epoch;other;loss\n1;5;6\n1;;{}\n", loss));
  (void)run({.separator = ';'});
  EXPECT_EQ(text_of(file), fmt::format("epoch;loss\n1;{}\n", loss));
  write_over(file, "name;loss\n");
  EXPECT_THROW_TEXT((void)run({.separator = ';', .append = true}), FileError,
                    "begins with a column \"name\", expected \"epoch\"");
  EXPECT_THROW_TEXT((void)run({.separator = 'e'}), DataError,
                    "the separator 'e' is part of what it separates");
}

TEST(CSVLogger, HasEachRowOnceHoweverOftenItIsKilled) {
  const auto run = [](const Folder& folder, std::int64_t kill_at) {
    SmallTraining t;
    KillAt kill(kill_at);
    CSVLogger log(folder / "log.csv", {.append = true});
    FitOptions options{.epochs = 4,
                       .validation = &t.data,
                       .callbacks = {&log, &kill},
                       .verbose = Verbose::silent,
                       .checkpoint = {.path = folder / "c.h5", .every_epochs = 3}};
    (void)t.fit(options);
  };
  const Folder straight("csv_straight"), killed("csv_killed");
  for (const Folder* folder : {&straight, &killed}) write_over(*folder / "log.csv", "epoch,loss\n7,0.5\n");
  run(straight, 0);
  EXPECT_THROW(run(killed, 11), Killed);  // two rows are there, and no checkpoint after them
  EXPECT_THAT(text_of(killed / "log.csv"), ::testing::HasSubstr("\n2,"));
  write_over(killed / "log.csv", text_of(killed / "log.csv") + "3,0.0");
  EXPECT_THROW(run(killed, 17), Killed);
  run(killed, 0);
  EXPECT_EQ(text_of(killed / "log.csv"), text_of(straight / "log.csv"));
}

TEST(CSVLogger, SaysWhereItCannotWrite) {
  CSVLogger log("/no/such/folder/log.csv"), device("/dev/null");
  SmallTraining t;
  EXPECT_THROW_TEXT((void)t.fit(1, {&log}), FileError, "CSVLogger: cannot write /no/such/folder/log.csv");
  EXPECT_THROW_TEXT((void)t.fit(1, {&device}), FileError, "/dev/null is not a regular file");
}

}  // namespace
}  // namespace hourglass::training
