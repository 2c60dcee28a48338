#include <hourglass/tensor/base/error.h>
#include <hourglass/training/search/trial.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace hourglass::training {

namespace {

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
bool same_figure(const Figure& a, const Figure& b) {
  return a.first == b.first && same_bits(a.second, b.second);
}

double mean(std::span<const double> values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

// Of an even number of values the mean of the two in the middle.
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return 0.5 * (values[(n - 1) / 2] + values[n / 2]);
}

}  // namespace

std::optional<double> TrialRecord::find(std::string_view figure) const {
  for (const auto& [name, value] : figures) {
    if (name == figure) return value;
  }
  return std::nullopt;
}

bool operator==(const TrialRecord& a, const TrialRecord& b) {
  return a.index == b.index && a.seed == b.seed && a.places == b.places && a.status == b.status &&
         std::equal(a.figures.begin(), a.figures.end(), b.figures.begin(), b.figures.end(), same_figure) &&
         std::equal(a.curve.begin(), a.curve.end(), b.curve.begin(), b.curve.end(), same_bits) &&
         a.error == b.error;
}

Outcome::Outcome(const History& history) {
  if (history.epochs.empty())
    throw DataError("search: the trial's history has no epoch; train for one at least");
  const EpochRecord& last = history.epochs.back();
  figures_.emplace_back("loss", last.loss);
  if (last.val_loss) figures_.emplace_back("val_loss", *last.val_loss);
  figures_.insert(figures_.end(), last.extra.begin(), last.extra.end());
}

bool Trial::report(double figure) {
  record_.curve.push_back(figure);
  if (!options_.median) return false;
  const double sign = options_.monitor.maximize ? -1.0 : 1.0;
  const std::size_t epoch = record_.curve.size();
  std::vector<double> theirs;
  for (const TrialRecord* const t : earlier_) {
    if (t->status == TrialStatus::failed || t->curve.size() < epoch) continue;
    const double so_far = sign * mean(std::span(t->curve).first(epoch));
    if (!std::isnan(so_far)) theirs.push_back(so_far);
  }
  double best = sign * record_.curve.front();
  for (const double f : record_.curve) best = std::min(best, sign * f);
  const bool early = std::ssize(record_.curve) < options_.median->first_epoch;
  if (early || std::ssize(theirs) < options_.median->least_trials) return stopped_;
  stopped_ = stopped_ || best > median(theirs);
  return stopped_;
}

void Trial::Watch::on_epoch_end(TrainingState& state) {
  const Monitor& monitor = trial_.options_.monitor;
  const EpochRecord& epoch = state.history.epochs.back();
  if (!trial_.options_.median && !epoch.find(monitor.name)) return;  // it comes from the trial's function
  const double figure = monitor.maximize ? -monitor.cost("search", epoch) : monitor.cost("search", epoch);
  if (trial_.report(figure)) state.stop = true;
}

}  // namespace hourglass::training
