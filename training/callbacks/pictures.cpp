#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks/pictures.h>
#include <hourglass/training/internal/aside.h>

namespace hourglass::training {

Pictures::Pictures(std::function<void(std::int64_t)> draw, PicturesOptions options)
    : draw_(std::move(draw)), options_(options) {
  if (!draw_) throw DataError("Pictures: there is no function to draw with; give one that takes the epoch");
  if (options_.every < 1) {
    throw DataError("Pictures: every must be at least 1, got {}; leave the callback out for no pictures",
                    options_.every);
  }
}

void Pictures::on_epoch_end(TrainingState& state) {
  if (state.epoch % options_.every != 0) return;
  const detail::Aside aside(state.model);
  draw_(state.epoch);
}

}  // namespace hourglass::training
