// Ctrl-C and SIGTERM during fit().

#include "support/expect_error.h"

#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/fit.h>
#include <hourglass/training/interrupt.h>

#include <csignal>
#include <thread>

namespace hourglass::training {
namespace {

using data::Batch;
using data::Batches;

struct Setting {
  Setting() { set_seed(1); }
  auto loss() {
    return [this](const Batch& b) {
      if (++calls == raise_at) (void)std::raise(signal);
      return nn::mean_squared_error(model(b.x), b.x);
    };
  }
  nn::Dense model{4, 4};
  optim::SGD sgd;
  Batches data{uniform({40, 4}), {.batch_size = 10}};
  int calls = 0, raise_at = 0, signal = SIGINT;
};

FitOptions quiet(std::int64_t epochs) { return {.epochs = epochs, .verbose = Verbose::silent}; }

using Handler = void (*)(int);
Handler handler_of(int signal) {
  struct sigaction now {};
  sigaction(signal, nullptr, &now);
  return now.sa_handler;
}

volatile std::sig_atomic_t own_calls = 0;
void own_handler(int /*signal*/) { own_calls = own_calls + 1; }

TEST(Interrupt, EndsAfterTheBatchAndGivesTheHistory) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Setting s;
    s.signal = signal;
    s.raise_at = 6;
    const History history = fit(s.model, s.sgd, s.loss(), s.data, quiet(9));
    EXPECT_TRUE(history.interrupted);
    EXPECT_EQ(s.sgd.iterations(), 6);
    ASSERT_EQ(history.epochs.size(), 2U);
    EXPECT_EQ(history.epochs.back().epoch, 2);
    EXPECT_EQ(handler_of(signal), SIG_DFL);
    EXPECT_FALSE(fit(s.model, s.sgd, s.loss(), s.data, quiet(1)).interrupted);
  }
}

TEST(Interrupt, BreaksOffAValidation) {
  Setting s;
  FitOptions options = quiet(9);
  options.validation = &s.data;
  s.raise_at = 5;
  const History history = fit(s.model, s.sgd, s.loss(), s.data, options);
  EXPECT_EQ(s.calls, 5);
  ASSERT_EQ(history.epochs.size(), 1U);
  EXPECT_FALSE(history.epochs.back().val_loss);
}

TEST(Interrupt, LeavesTheProgramsOwnHandlersAlone) {
  Setting s;
  std::signal(SIGINT, own_handler);
  own_calls = 0;
  s.raise_at = 2;
  EXPECT_FALSE(fit(s.model, s.sgd, s.loss(), s.data, quiet(2)).interrupted);
  EXPECT_EQ(own_calls, 1);
  EXPECT_EQ(handler_of(SIGINT), own_handler);
  std::signal(SIGINT, SIG_DFL);
}

TEST(Interrupt, KeepsAHandlerThatWasSetMeanwhile) {
  {
    const NoteSignals signals;
    EXPECT_NE(handler_of(SIGINT), SIG_DFL);
    std::signal(SIGINT, own_handler);
  }
  EXPECT_EQ(handler_of(SIGINT), own_handler);
  std::signal(SIGINT, SIG_DFL);
}

TEST(Interrupt, CanBeTurnedOff) {
  const NoteSignals none(false);
  EXPECT_EQ(handler_of(SIGINT), SIG_DFL);
  EXPECT_FALSE(none.noted());
}

TEST(Interrupt, ReachesNestedAndParallelRuns) {
  const NoteSignals outer;
  {
    const NoteSignals inner;
    (void)std::raise(SIGINT);
    EXPECT_TRUE(inner.noted());
  }
  EXPECT_TRUE(outer.noted());
  const NoteSignals later;
  EXPECT_FALSE(later.noted());
  EXPECT_NE(handler_of(SIGINT), SIG_DFL);
  std::thread([] {
    const NoteSignals elsewhere;
    EXPECT_FALSE(elsewhere.noted());
  }).join();
  EXPECT_NE(handler_of(SIGINT), SIG_DFL);
}

TEST(InterruptDeathTest, EndsAtOnceTheSecondTime) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        const NoteSignals signals;
        (void)std::raise(SIGINT);
        (void)std::raise(SIGINT);
        std::exit(0);
      },
      ::testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace hourglass::training
