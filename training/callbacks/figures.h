#pragma once

#include <hourglass/training/callback.h>

#include <string>
#include <utility>

namespace hourglass::training {

/// Adds figures of one's own to the history after each epoch: f() gives names and values.
///
///     EpochFigures figures([&] { return std::vector<Figure>{{"active_fraction", …}}; });
using Figure = std::pair<std::string, double>;
template <class F>
class EpochFigures final : public Callback {
 public:
  explicit EpochFigures(F f) : f_(std::move(f)) {}
  void on_epoch_end(TrainingState& state) override {
    for (const auto& [name, value] : f_()) state.history.epochs.back().set(name, value);
  }

 private:
  F f_;
};

}  // namespace hourglass::training
