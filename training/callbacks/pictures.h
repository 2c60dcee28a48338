#pragma once

#include <hourglass/training/callback.h>

#include <functional>

namespace hourglass::training {

struct PicturesOptions {
  std::int64_t every = 1;  // epochs
};

/// Calls draw(epoch) after each so manieth epoch, to leave a picture of what the model can do by then. The
/// model is in evaluation mode meanwhile and nothing is recorded, and the default generator stands afterwards
/// where it stood: pictures change nothing of how training goes on. Throws DataError unless every ≥ 1.
///
///     Pictures grids([&](std::int64_t epoch) { data::write_png(path_of(epoch), …); }, {.every = 5});
///
/// autoencoders::reconstruction_pictures makes one that shows reconstructions.
class Pictures final : public Callback {
 public:
  explicit Pictures(std::function<void(std::int64_t epoch)> draw, PicturesOptions options = {});
  void on_epoch_end(TrainingState& state) override;
  [[nodiscard]] const char* name() const override { return "Pictures"; }

 private:
  std::function<void(std::int64_t)> draw_;
  PicturesOptions options_;
};

}  // namespace hourglass::training
