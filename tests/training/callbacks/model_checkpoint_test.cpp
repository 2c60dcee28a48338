#include "training/small_training.h"

#include <filesystem>

namespace hourglass::training {
namespace {

TEST(ModelCheckpoint, KnowsOnlyWholeEpochs) {
  const auto run = [](const Folder& folder, std::int64_t pause_at) {
    SmallTraining t;
    PauseAt pause(pause_at);
    ModelCheckpoint best(folder / "best.h5", {.monitor = {.name = "loss"}});
    return t.fit({.epochs = 3,
                  .callbacks = {&best, &pause},
                  .verbose = Verbose::silent,
                  .checkpoint = {.path = folder / "c.h5"}});
  };
  const Folder straight("best_straight");
  const History history = run(straight, 0);
  for (const std::int64_t at : {1, 4, 5, 7, 15}) {
    const Folder paused("best_paused");
    const History first = run(paused, at);
    EXPECT_EQ(std::filesystem::exists(paused / "best.h5"), at >= 5) << at;
    EXPECT_EQ(std::ssize(first.epochs), (at + 4) / 5) << at;
    EXPECT_TRUE(run(paused, 0) == history) << at;
    EXPECT_EQ(text_of(paused / "best.h5"), text_of(straight / "best.h5")) << at;
  }
}

}  // namespace
}  // namespace hourglass::training
