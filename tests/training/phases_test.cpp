// fit() by several phases, each with an optimizer of its own.

#include "small_training.h"

#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/files/model.h>
#include <hourglass/nn/check.h>
#include <hourglass/tensor/base/threads.h>

namespace hourglass::training {
namespace {

using data::Batch;

// An autoencoder whose codes a critic is to tell from normal ones.
struct Networks final : nn::Module {
  nn::Dense encoder{4, 2}, decoder{2, 4}, critic{2, 1};
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder), v("critic", critic); }
};

struct Adversarial {
  explicit Adversarial(std::uint64_t seed = 3) {
    set_seed(seed);
    net.encoder = nn::Dense(4, 2), net.decoder = nn::Dense(2, 4), net.critic = nn::Dense(2, 1);
  }
  static Variable verdict(const Variable& logits, double truth) {
    return nn::binary_crossentropy(logits, full(logits.shape(), truth), {.from_logits = true});
  }
  Variable error(const Tensor& x) { return nn::mean_squared_error(net.decoder(net.encoder(x)), x); }
  Variable of_critic(const Tensor& x) {
    const Variable code = net.encoder(x);
    return verdict(net.critic(normal(code.shape())), 1.0) + verdict(net.critic(code), 0.0);
  }
  Variable of_encoder(const Tensor& x) { return verdict(net.critic(net.encoder(x)), 1.0); }
  std::vector<Phase<>> phases() {
    return {{"error", &adam, {"encoder", "decoder"}, [this](const Batch& b) { return error(b.x); }},
            {"critic", &sgd, {"critic"}, [this](const Batch& b) { return of_critic(b.x); }, 2},
            {"deceit", &rmsprop, {"encoder"}, [this](const Batch& b) { return of_encoder(b.x); }}};
  }
  History fit(FitOptions options) {
    options.verbose = Verbose::silent;
    return training::fit(net, phases(), data, options);
  }
  [[nodiscard]] std::string bits() const { return files::weights_sha256(net); }

  data::Batches data{SmallTraining::numbers(), {.batch_size = 8, .shuffle = true}};
  Networks net;
  optim::Adam adam{optim::AdamOptions{.learning_rate = 0.01}};
  optim::SGD sgd{optim::SGDOptions{.learning_rate = 0.1, .momentum = 0.9}};
  optim::RMSprop rmsprop{optim::RMSpropOptions{.learning_rate = 0.003}};
};

TEST(Phases, DoWhatALoopOfOnesOwnDoes) {
  Adversarial by_hand, by_fit;
  set_seed(4);
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    for (const Batch& b : by_hand.data.epoch(epoch)) {
      const auto all = nn::parameters(by_hand.net);
      const std::span<const NamedParameter> list(all);  // kernel and bias of each of the three
      by_hand.adam.minimize(by_hand.error(b.x), list.first(4));
      for (int step = 0; step < 2; ++step) {
        by_hand.sgd.minimize(by_hand.of_critic(b.x), list.last(2));
        for (NamedParameter p : list.first(4)) p.variable.clear_gradient();
      }
      by_hand.rmsprop.minimize(by_hand.of_encoder(b.x), list.first(2));
      for (NamedParameter p : list.last(2)) p.variable.clear_gradient();
    }
  }
  set_seed(4);
  (void)by_fit.fit({.epochs = 3});
  EXPECT_EQ(by_fit.bits(), by_hand.bits());
  EXPECT_EQ(by_fit.sgd.iterations(), 2 * 3 * 5);
  EXPECT_EQ(by_fit.rmsprop.iterations(), 3 * 5);
}

TEST(Phases, HaveTheirLossesInTheHistory) {
  Adversarial t;
  const History history = t.fit({.epochs = 2, .validation = &t.data});
  const EpochRecord& last = history.epochs.back();
  EXPECT_NEAR(*last.val_loss,
              evaluate(
                  t.net, [&](const Batch& b) { return t.error(b.x); }, t.data),
              1e-12);
  EXPECT_NEAR(*last.find("val_deceit_loss"),
              evaluate(
                  t.net, [&](const Batch& b) { return t.of_encoder(b.x); }, t.data),
              1e-12);
  EXPECT_GT(*last.find("critic_loss"), 0.5);
  EXPECT_NE(*last.find("critic_loss"), *last.find("deceit_loss"));
}

TEST(Phases, OneOfAllIsFitWithOneOptimizer) {
  SmallTraining textbook;
  (void)textbook.fit(4, {});
  SmallTraining phased;
  const std::vector<Phase<>> one{{.name = "all", .optimizer = &phased.adam, .loss = phased.loss()}};
  (void)fit(phased.model, one, phased.data,
            {.epochs = 4, .validation = &phased.data, .verbose = Verbose::silent});
  EXPECT_EQ(phased.bits(), textbook.bits());
}

TEST(Phases, GiveTheSameBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  std::vector<std::string> bits;
  for (int threads = 1; threads <= 4; ++threads) {
    set_num_threads(threads);
    Adversarial t;
    (void)t.fit({.epochs = 2});
    bits.push_back(t.bits());
  }
  set_num_threads(before);
  EXPECT_THAT(bits, ::testing::Each(bits.front()));
}

// Killed at any batch and started again: the same weights, moments of all optimizers, and history.
TEST(Phases, GoOnToTheSameBits) {
  const Folder folder("phases");
  Adversarial straight;
  const History whole = straight.fit({.epochs = 3, .validation = &straight.data});
  for (const std::int64_t at : {1, 4, 5, 13}) {
    const CheckpointOptions kept{.path = folder / ("run" + std::to_string(at) + ".h5"), .every_batches = 1};
    Adversarial killed;
    KillAt kill(at);
    EXPECT_THROW(
        (void)killed.fit({.epochs = 3, .validation = &killed.data, .callbacks = {&kill}, .checkpoint = kept}),
        Killed);
    Adversarial resumed(99);
    const History rest = resumed.fit({.epochs = 3, .validation = &resumed.data, .checkpoint = kept});
    EXPECT_EQ(resumed.bits(), straight.bits()) << "killed at batch " << at;
    EXPECT_EQ(rest, whole) << "killed at batch " << at;
    EXPECT_EQ(resumed.sgd.iterations(), straight.sgd.iterations());
  }
}

TEST(Phases, StandInFilesWithTheirOptimizers) {
  const Folder folder("phases");
  Adversarial t;
  ModelCheckpoint best(folder / "best.h5", {.save_best_only = false});
  (void)t.fit({.epochs = 1, .callbacks = {&best}});
  Adversarial other(5);
  (void)load_checkpoint(folder / "best.h5", {{"model", other.net},
                                             {"optimizer", other.adam},
                                             {"optimizer_critic", other.sgd},
                                             {"optimizer_deceit", other.rmsprop}});
  EXPECT_EQ(other.bits(), t.bits());
  EXPECT_EQ(other.sgd.iterations(), 10);
  files::save_model(folder / "m.h5", t.net,
                    {.optimizer = &t.adam, .further_optimizers = {{"critic", &t.sgd}}});
  const files::ModelFile file(folder / "m.h5");
  EXPECT_EQ(file.optimizer()->iterations(), 5);
  EXPECT_STREQ(file.optimizer("critic")->name(), "SGD");
  EXPECT_EQ(file.optimizer("critic")->iterations(), 10);
  EXPECT_EQ(file.optimizer("deceit"), nullptr);
}

TEST(Phases, SinkTheirRatesTogether) {
  Adversarial t;
  LearningRateScheduler halve([](std::int64_t epoch, double rate) { return epoch == 1 ? rate / 2 : rate; });
  const History history = t.fit({.epochs = 2, .callbacks = {&halve}});
  EXPECT_DOUBLE_EQ(t.adam.learning_rate(), 0.005);
  EXPECT_DOUBLE_EQ(t.sgd.learning_rate(), 0.05);
  EXPECT_DOUBLE_EQ(*history.epochs.front().find("critic_learning_rate"), 0.1);
  ReduceLROnPlateau plateau({.monitor = {.name = "loss"}, .plateau = {.factor = 0.5, .patience = 1}});
  struct Constant final : Callback {
    void on_epoch_end(TrainingState& state) override { state.history.epochs.back().loss = 1.0; }
  } constant;
  (void)t.fit({.epochs = 2, .callbacks = {&constant, &plateau}});
  EXPECT_DOUBLE_EQ(t.adam.learning_rate(), 0.0025);
  EXPECT_DOUBLE_EQ(t.rmsprop.learning_rate(), 0.003 / 4);
}

TEST(Phases, CountEachRegulariserOnce) {
  Adversarial t;
  t.net.encoder = nn::Dense(
      4, 2, {.kernel_initializer = nn::constant(1.0), .kernel_regularizer = nn::L2(10.0)});  // 8 · 10
  t.net.critic =
      nn::Dense(2, 1, {.kernel_initializer = nn::constant(1.0), .kernel_regularizer = nn::L2(1.0)});  // 2
  auto phases = t.phases();
  for (Phase<>& phase : phases) {
    phase.loss = [loss = phase.loss](const Batch& b) { return 0.0 * loss(b); };
    phase.steps = 1;
  }
  optim::SGD still({.learning_rate = 0.0}), still2({.learning_rate = 0.0}), still3({.learning_rate = 0.0});
  phases[0].optimizer = &still, phases[1].optimizer = &still2, phases[2].optimizer = &still3;
  const History history = fit(t.net, phases, t.data, {.verbose = Verbose::silent});
  EXPECT_DOUBLE_EQ(history.epochs.back().loss, 80.0);
  EXPECT_DOUBLE_EQ(*history.epochs.back().find("critic_loss"), 2.0);
  EXPECT_DOUBLE_EQ(*history.epochs.back().find("deceit_loss"), 0.0);
}

TEST(Phases, SayWhatIsWrong) {
  Adversarial t;
  const auto fit_with = [&](auto change) {
    auto phases = t.phases();
    change(phases);
    return [&t, phases] { (void)fit(t.net, phases, t.data, {.verbose = Verbose::silent}); };
  };
  EXPECT_THROW_TEXT(fit_with([](auto& p) { p.clear(); })(), DataError, "there is no phase to train by");
  EXPECT_THROW_TEXT(fit_with([](auto& p) { p[1].name = "error"; })(), DataError,
                    "a phase cannot be named \"error\"");
  EXPECT_THROW_TEXT(fit_with([](auto& p) { p[1].name = "a/b"; })(), DataError,
                    "a phase cannot be named \"a/b\"");
  EXPECT_THROW_TEXT(fit_with([](auto& p) { p[1].optimizer = p[0].optimizer; })(), DataError,
                    "\"critic\" has the optimizer of another");
  EXPECT_THROW_TEXT(fit_with([](auto& p) { p[1].optimizer = nullptr; })(), DataError,
                    "\"critic\" has no optimizer");
  EXPECT_THROW_TEXT(fit_with([](auto& p) { p[1].loss = nullptr; })(), DataError, "\"critic\" has no loss");
  EXPECT_THROW_TEXT(fit_with([](auto& p) { p[1].steps = 0; })(), DataError, "to have 0 steps");
  EXPECT_THROW_TEXT(fit_with([](auto& p) { p.erase(p.begin() + 1); })(), DataError,
                    "no phase trains the parameter \"critic.kernel\"");
  EXPECT_THROW_TEXT(fit_with([](auto& p) { p[2].parameters = {"encode"}; })(), DataError,
                    "\"deceit\" trains nothing: the model has no parameter in encode");
  EXPECT_THROW_TEXT(fit_with([](auto& p) {
                      p[1].loss = [](const Batch& b) { return Variable(full({}, b.x.item() * 0.0)); };
                    })(),
                    Error, "epoch 1, batch 1, phase critic");
  const Variable forgotten = Variable::parameter(full({}, 1.0));
  EXPECT_THROW_TEXT(fit_with([&](auto& p) {
                      p[2].loss = [loss = p[2].loss, forgotten](const Batch& b) {
                        return loss(b) * forgotten;
                      };
                    })(),
                    GradientError, "a parameter of shape ()");
  EXPECT_THROW_TEXT(
      fit_with([](auto& p) { p[1].loss = [loss = p[1].loss](const Batch& b) { return loss(b) / 0.0; }; })(),
      NotFiniteError, "phase critic");
}

}  // namespace
}  // namespace hourglass::training
