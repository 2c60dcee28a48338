#include "training/small_training.h"

#include <csignal>
#include <filesystem>

namespace hourglass::training {
namespace {

namespace fs = std::filesystem;

struct Ended {
  History history;
  std::string bits;
};

Ended run(const std::string& path, BackupAndRestoreOptions options, std::vector<Callback*> others) {
  SmallTraining t;
  BackupAndRestore backup(path, std::move(options));
  others.insert(others.begin(), &backup);
  const History history = t.fit(3, std::move(others));
  return {history, t.bits()};
}

TEST(BackupAndRestore, GoesOnBitForBitFromWhereItWasKilled) {
  const Folder folder("backup");
  const std::string path = folder / "backup.h5";
  SmallTraining t;
  const History history = t.fit(3, {});
  for (const std::int64_t save_freq : {0, 2}) {
    for (const std::int64_t at : {1, 5, 8, 15}) {
      KillAt kill(at), none(0);
      EXPECT_THROW((void)run(path, {.save_freq = save_freq}, {&kill}), Killed);
      EXPECT_TRUE(fs::exists(path));
      const Ended ended = run(path, {.save_freq = save_freq}, {&none});
      EXPECT_TRUE(ended.history == history) << at;
      EXPECT_EQ(ended.bits, t.bits()) << at;
      EXPECT_FALSE(fs::exists(path)) << at;
    }
  }
}

TEST(BackupAndRestore, KeepsItsFileUntilTheTrainingIsDone) {
  const Folder folder("backup");
  const std::string path = folder / "backup.h5";
  PauseAt within(7), at_the_end(10);
  (void)run(path, {}, {&within});
  EXPECT_TRUE(fs::exists(path));
  (void)run(path, {}, {&at_the_end});
  EXPECT_TRUE(fs::exists(path));
  LambdaCallback interrupt({.on_epoch_begin = [](TrainingState&) { (void)std::raise(SIGINT); }});
  EXPECT_TRUE(run(path, {}, {&interrupt}).history.interrupted);
  EXPECT_TRUE(fs::exists(path));
  LambdaCallback late({.on_epoch_end = [](TrainingState& s) { (void)(s.epoch == 3 && std::raise(SIGINT)); }});
  EXPECT_TRUE(run(path, {}, {&late}).history.interrupted);
  EXPECT_TRUE(fs::exists(path)) << "whoever has interrupted it starts it again";
  EXPECT_EQ(run(path, {.delete_checkpoint = false}, {}).history.epochs.size(), 3U);
  EXPECT_TRUE(fs::exists(path));
  (void)run(path, {}, {});
  EXPECT_FALSE(fs::exists(path));
}

TEST(BackupAndRestore, SaysWhatIsWrong) {
  const Folder folder("backup");
  SmallTraining t;
  BackupAndRestore one(folder / "1.h5"), two(folder / "2.h5");
  EXPECT_THROW_TEXT((void)t.fit(1, {&one, &two}), DataError, "checkpoints are asked for twice");
  EXPECT_THROW_TEXT(BackupAndRestore(""), DataError, "the path is empty");
  EXPECT_THROW_TEXT(BackupAndRestore("b.h5", {.save_freq = -1}), DataError, "save_freq must not be negative");
}

}  // namespace
}  // namespace hourglass::training
