#include <hourglass/training/search/internal/propose.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hourglass::training::detail {

namespace {

// Ranges are straight in this coordinate.
double coordinate(const Axis& axis, double place) { return axis.is_log() ? std::log(place) : place; }

// Where it begins and ends; each whole number has the same room.
std::pair<double, double> ends(const Axis& axis) {
  const double half = axis.is_whole() ? 0.5 : 0.0;
  return {coordinate(axis, axis.low() - half), coordinate(axis, axis.high() + half)};
}

double place_at(const Axis& axis, double x) {
  double place = axis.is_log() ? std::exp(x) : x;
  if (axis.is_whole()) place = std::round(place);
  return std::clamp(place, axis.low(), axis.high());
}

double index_below(std::size_t n, double u) {
  return std::min(std::floor(u * static_cast<double>(n)), static_cast<double>(n - 1));
}

double below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }  // Φ

}  // namespace

Places propose_at_random(const Space& space, Numbers& numbers) {
  Places out;
  for (std::size_t i = 0; i < space.size(); ++i) {
    const Axis& axis = space.axes()[i];
    if (!space.applies(i, out)) {
      out.emplace_back();
    } else if (axis.is_list()) {
      out.emplace_back(index_below(axis.list().size(), numbers.uniform()));
    } else {
      const auto [a, b] = ends(axis);
      out.emplace_back(place_at(axis, a + (b - a) * numbers.uniform()));
    }
  }
  return out;
}

Parzen::Parzen(const Axis& axis, const std::vector<double>& places) : axis_(&axis) {
  if (axis.is_list()) {
    weights_.assign(axis.list().size(), 1.0);
    for (const double place : places) weights_[static_cast<std::size_t>(place)] += 1.0;
    return;
  }
  std::tie(a_, b_) = ends(axis);
  std::vector<double> x{a_};
  for (const double place : places) x.push_back(coordinate(axis, place));
  x.push_back(b_);
  std::sort(x.begin(), x.end());
  const double width = b_ - a_, least = width / std::min(100.0, 1.0 + static_cast<double>(places.size()));
  for (std::size_t i = 1; i + 1 < x.size(); ++i) {
    const double sigma = std::clamp(std::max(x[i] - x[i - 1], x[i + 1] - x[i]), least, width);
    normals_.push_back({x[i], sigma, below((b_ - x[i]) / sigma) - below((a_ - x[i]) / sigma)});
  }
}

double Parzen::draw(Numbers& numbers) const {
  if (axis_->is_list()) {
    double sum = 0.0;
    for (const double w : weights_) sum += w;
    double u = sum * numbers.uniform();
    std::size_t i = 0;
    while (i + 1 < weights_.size() && u >= weights_[i]) u -= weights_[i++];
    return static_cast<double>(i);
  }
  const auto which = static_cast<std::size_t>(index_below(normals_.size() + 1, numbers.uniform()));
  if (which == normals_.size()) return place_at(*axis_, a_ + (b_ - a_) * numbers.uniform());
  for (;;) {  // a third of the draws, at least, lies between the ends
    const double x = normals_[which].mean + normals_[which].sigma * numbers.normal();
    if (x >= a_ && x <= b_) return place_at(*axis_, x);
  }
}

double Parzen::density(double place) const {
  if (axis_->is_list()) {
    double sum = 0.0;
    for (const double w : weights_) sum += w;
    return weights_[static_cast<std::size_t>(place)] / sum;
  }
  const double x = coordinate(*axis_, place);
  double sum = 1.0 / (b_ - a_);
  for (const Normal& n : normals_) {
    const double z = (x - n.mean) / n.sigma;
    sum += std::exp(-0.5 * z * z) / (n.sigma * n.mass * std::sqrt(2.0 * std::numbers::pi));
  }
  return sum / static_cast<double>(normals_.size() + 1);
}

Places propose_by_parzen(const Space& space, const Ranking& ranking, std::int64_t candidates,
                         Numbers& numbers) {
  std::vector<Parzen> l, g;
  for (std::size_t i = 0; i < space.size(); ++i) {
    std::vector<double> good, bad;
    for (std::size_t k = 0; k < ranking.places.size(); ++k) {
      const auto& place = (*ranking.places[k])[i];
      if (place) (k < ranking.good ? good : bad).push_back(*place);
    }
    l.emplace_back(space.axes()[i], good), g.emplace_back(space.axes()[i], bad);
  }
  Places best;
  double most = 0.0;
  for (std::int64_t c = 0; c < candidates; ++c) {
    Places places;
    double log_ratio = 0.0;
    for (std::size_t i = 0; i < space.size(); ++i) {
      places.push_back(space.applies(i, places) ? std::optional(l[i].draw(numbers)) : std::nullopt);
      if (places[i]) log_ratio += std::log(l[i].density(*places[i]) / g[i].density(*places[i]));
    }
    if (best.empty() || log_ratio > most) best = std::move(places), most = log_ratio;
  }
  return best;
}

}  // namespace hourglass::training::detail
