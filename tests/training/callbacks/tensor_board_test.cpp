// What stands in the files is read by tests/training/events.py.

#include "training/small_training.h"

#include <hourglass/training/internal/events.h>

#include <filesystem>

namespace hourglass::training {
namespace {

namespace fs = std::filesystem;

// Name and bytes of the only file of a folder, or nothing.
std::pair<std::string, std::string> only_file(const std::string& folder) {
  std::pair<std::string, std::string> out;
  int count = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    out = {entry.path().filename().string(), text_of(entry.path().string())};
    ++count;
  }
  EXPECT_EQ(count, 1) << folder;
  return out;
}

std::int64_t count_of(const std::string& text, const std::string& part) {
  std::int64_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(TensorBoard, HasFilesForTrainingAndValidation) {
  const Folder folder("tensor_board");
  EpochFigures figures([] { return std::vector<Figure>{{"used", 0.5}, {"val_used", 0.25}}; });
  TensorBoard board(folder / "a/b", {.histogram_freq = 2, .update_freq = 3});
  SmallTraining t;
  (void)t.fit(4, {&figures, &board});
  const auto [name, train] = only_file(folder / "a/b/train");
  const auto [same, validation] = only_file(folder / "a/b/validation");
  EXPECT_THAT(name, ::testing::MatchesRegex("events\\.out\\.tfevents\\.[0-9]+\\..+\\.[0-9]+\\.[0-9]+"));
  EXPECT_EQ(name, same);
  for (const std::string& text : {train, validation})
    EXPECT_EQ(detail::whole_event_records(text), text.size());
  EXPECT_EQ(count_of(train, "epoch_loss"), 4);
  EXPECT_EQ(count_of(train, "epoch_learning_rate"), 4);
  EXPECT_EQ(count_of(train, "batch_loss"), 6);
  EXPECT_EQ(count_of(train, "0/kernel/histogram"), 2);
  EXPECT_EQ(count_of(train, "epoch_used"), 4);
  EXPECT_EQ(count_of(validation, "epoch_loss"), 4);
  EXPECT_EQ(count_of(validation, "epoch_used"), 4);
}

TEST(TensorBoard, GoesOnWithItsFileHoweverOftenItIsKilled) {
  const Folder folder("tensor_board");
  const auto run = [&](const std::string& name, std::int64_t kill_at) {
    SmallTraining t;
    KillAt kill(kill_at);
    TensorBoard board(folder / name, {.update_freq = 1});
    (void)t.fit({.epochs = 4,
                 .callbacks = {&board, &kill},
                 .verbose = Verbose::silent,
                 .checkpoint = {.path = folder / (name + ".h5"), .every_epochs = 2}});
    return only_file(folder / name + "/train").second;
  };
  const std::string straight = run("straight", 0);
  for (const std::int64_t at : {3, 9, 14, 20}) EXPECT_THROW((void)run("killed", at), Killed);
  write_over(folder / "killed/train/" + only_file(folder / "killed/train").first,
             only_file(folder / "killed/train").second + "half");
  const std::string killed = run("killed", 0);
  EXPECT_EQ(killed.size(), straight.size());  // all is the same but for the times
  EXPECT_EQ(count_of(killed, "batch_loss"), 20);
}

TEST(TensorBoard, SaysFromWhereOnALaterRunHolds) {
  const Folder folder("tensor_board");
  SmallTraining t;
  TensorBoard board(folder.path);
  (void)t.fit({.epochs = 4, .callbacks = {&board}, .verbose = Verbose::silent, .initial_epoch = 2});
  const std::string start = "\x10\x03\x3A\x02\x08\x01";  // step 3, session_log { status: START }
  EXPECT_EQ(count_of(only_file(folder / "train").second, start), 1);
  EXPECT_FALSE(fs::exists(folder / "validation"));
}

TEST(TensorBoard, ShowsImagesWithoutTouchingTheTraining) {
  const Folder folder("tensor_board");
  SmallTraining with, without;
  TensorBoard board(folder.path, {.images =
                                      [&](std::int64_t) {
                                        EXPECT_FALSE(with.model.is_training());
                                        return std::vector<NamedImage>{{"noise", uniform({5, 5})}};
                                      },
                                  .images_freq = 2});
  set_seed(5);
  (void)with.fit(4, {&board});
  set_seed(5);
  (void)without.fit(4, {});
  EXPECT_EQ(with.bits(), without.bits());
  EXPECT_EQ(count_of(only_file(folder / "train").second, "\x89PNG"), 2);
}

TEST(TensorBoard, SaysWhatIsWrong) {
  EXPECT_THROW_TEXT(TensorBoard("x", {.histogram_freq = -1}), DataError,
                    "histogram_freq must not be negative");
  TensorBoard nowhere("/dev/null/x");
  SmallTraining t;
  EXPECT_THROW_TEXT((void)t.fit(1, {&nowhere}), FileError,
                    "TensorBoard: cannot write /dev/null/x/train/events");
  TensorBoard board("x");
  History history;
  TrainingState state_of_run{t.model, t.adam, history};
  board.on_train_begin(state_of_run);
  std::vector<NamedTensor> state = board.state();
  for (NamedTensor& part : state) {
    if (part.name == "file") part.value.fill('/');
  }
  EXPECT_THROW_TEXT(board.set_state(state), DataError, "this is not a state of it: a file \"////");
}

}  // namespace
}  // namespace hourglass::training
