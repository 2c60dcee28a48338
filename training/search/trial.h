#pragma once

#include <hourglass/tensor/base/option_values.h>
#include <hourglass/training/callbacks/figures.h>
#include <hourglass/training/fit.h>
#include <hourglass/training/search/options.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hourglass::training {

enum class TrialStatus : std::uint8_t {
  finished,
  stopped,  // by the median rule; its figures are those of its last epoch
  failed,   // an exception, or a watched figure that is nan or infinite
};
constexpr auto enum_names(TrialStatus /*of*/) {
  return std::to_array<const char*>({"finished", "stopped", "failed"});
}

/// What a search keeps of a trial.
struct TrialRecord {
  std::int64_t index = 0;                       // from 0
  std::uint64_t seed = 0;                       // set_seed(seed) and the values give the same bits again
  std::vector<std::optional<double>> places{};  // on each axis; none where the axis does not apply
  OptionValues values{};                        // what they stand for
  TrialStatus status = TrialStatus::finished;
  std::vector<Figure> figures{};  // all that the trial gave
  std::vector<double> curve{};    // the watched figure after each epoch, as it was reported
  double seconds = 0.0;
  std::string error{};  // what it failed with

  /// From 1, as tables and texts have it.
  [[nodiscard]] std::int64_t number() const { return index + 1; }
  [[nodiscard]] std::optional<double> find(std::string_view figure) const;
  /// Whether all is equal but the seconds, which no two runs share.
  friend bool operator==(const TrialRecord& a, const TrialRecord& b);
};

/// What a trial gives: one number, which is the watched figure; figures by name; or a history, whose last
/// epoch's figures count.
class Outcome {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  Outcome(double figure) : figures_{{"", figure}} {}
  Outcome(std::vector<Figure> figures) : figures_(std::move(figures)) {}
  Outcome(std::initializer_list<Figure> figures) : figures_(figures) {}
  Outcome(const History& history);
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] const std::vector<Figure>& figures() const { return figures_; }

 private:
  std::vector<Figure> figures_;
};

/// One trial, while it runs.
class Trial {
 public:
  [[nodiscard]] std::int64_t index() const { return record_.index; }
  /// For Batches and whatever else has a seed of its own. The default generator has been set to it.
  [[nodiscard]] std::uint64_t seed() const { return record_.seed; }
  /// What the axes say here.
  [[nodiscard]] const OptionValues& values() const { return record_.values; }

  /// training::fit, silent, and stopped where the median rule says so; the same with several optimizers.
  template <class F, class S>
  History fit(nn::Module& model, optim::Optimizer& optimizer, F&& loss_of_batch, S&& train,
              FitOptions options = {}) {
    Watch watch(*this, options);
    return training::fit(model, optimizer, std::forward<F>(loss_of_batch), std::forward<S>(train), options);
  }
  template <class S>
  History fit(nn::Module& model,
              const std::vector<Phase<detail::BatchOf<std::remove_reference_t<S>>>>& phases, S&& train,
              FitOptions options = {}) {
    Watch watch(*this, options);
    return training::fit(model, phases, std::forward<S>(train), options);
  }
  /// For a loop of one's own: the watched figure after one more epoch. Returns whether the trial is to stop.
  bool report(double figure);

  /// Made by search().
  Trial(TrialRecord record, const SearchOptions& options, std::span<const TrialRecord* const> earlier)
      : record_(std::move(record)), options_(options), earlier_(earlier) {}
  [[nodiscard]] const TrialRecord& record() const { return record_; }
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  class Watch final : public Callback {
   public:
    Watch(Trial& trial, FitOptions& options) : trial_(trial) {
      options.verbose = Verbose::silent;
      options.callbacks.push_back(this);
    }
    void on_epoch_end(TrainingState& state) override;
    [[nodiscard]] const char* name() const override { return "Trial"; }

   private:
    Trial& trial_;
  };

  TrialRecord record_;
  const SearchOptions& options_;
  std::span<const TrialRecord* const> earlier_;
  bool stopped_ = false;
};

}  // namespace hourglass::training
