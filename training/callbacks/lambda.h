#pragma once

#include <hourglass/training/callback.h>

#include <functional>

namespace hourglass::training {

/// Functions in place of a Callback's events; see there when each is called.
struct LambdaCallbackOptions {
  using Event = std::function<void(TrainingState&)>;
  Event on_train_begin{};
  Event on_epoch_begin{};
  std::function<void(TrainingState&, std::int64_t batch, double loss)> on_batch_end{};
  Event on_test_begin{};
  Event on_test_end{};
  Event on_epoch_end{};
  Event on_train_end{};
};

/// A callback in place:
///
///     LambdaCallback say({.on_epoch_end = [](TrainingState& s) { fmt::print("{}\n", s.epoch); }});
///
/// It has no state of its own. What its functions change belongs to CheckpointOptions::also where a run must
/// go on exactly.
class LambdaCallback final : public Callback {
 public:
  explicit LambdaCallback(LambdaCallbackOptions events) : events_(std::move(events)) {}
  void on_train_begin(TrainingState& state) override { tell(events_.on_train_begin, state); }
  void on_epoch_begin(TrainingState& state) override { tell(events_.on_epoch_begin, state); }
  void on_batch_end(TrainingState& state, std::int64_t batch, double loss) override {
    if (events_.on_batch_end) events_.on_batch_end(state, batch, loss);
  }
  void on_test_begin(TrainingState& state) override { tell(events_.on_test_begin, state); }
  void on_test_end(TrainingState& state) override { tell(events_.on_test_end, state); }
  void on_epoch_end(TrainingState& state) override { tell(events_.on_epoch_end, state); }
  void on_train_end(TrainingState& state) override { tell(events_.on_train_end, state); }
  [[nodiscard]] const char* name() const override { return "LambdaCallback"; }

 private:
  static void tell(const LambdaCallbackOptions::Event& event, TrainingState& state) {
    if (event) event(state);
  }

  LambdaCallbackOptions events_;
};

}  // namespace hourglass::training
