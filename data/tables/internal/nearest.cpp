#include <hourglass/data/tables/internal/column_fit.h>
#include <hourglass/tensor/base/threads.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hourglass::data::internal {

namespace {

struct Neighbour {
  double distance;
  std::int64_t row;
  friend bool operator<(const Neighbour& a, const Neighbour& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
  }
};

class Search {
 public:
  Search(const Tensor& reference, const std::vector<Place>& places, const PreprocessorOptions& options,
         const std::vector<ColumnFit>& fits)
      : reference_(reference), places_(places), options_(options), fits_(fits) {
    for (std::size_t c = 0; c < places.size(); ++c)
      index_.insert(index_.end(), static_cast<std::size_t>(places[c].end - places[c].begin),
                    fits[c].is_index(options.columns[c]));
  }

  void fill(double* row) const {
    const std::vector<Neighbour> near = distances(row);
    const std::vector<double> before(row, row + width());
    for (std::size_t c = 0; c < places_.size(); ++c) {
      const auto begin = places_[c].begin;
      if (options_.columns[c].missing == Missing::nearest &&
          std::isnan(before[static_cast<std::size_t>(begin)]))
        fill(row + begin, c, near);
    }
  }

 private:
  [[nodiscard]] std::int64_t width() const { return reference_.shape(1); }
  [[nodiscard]] const double* at(std::int64_t row) const { return reference_.data<double>() + row * width(); }

  // Of all reference rows; infinite for those that share no column with this one.
  [[nodiscard]] std::vector<Neighbour> distances(const double* x) const {
    std::vector<Neighbour> out;
    for (std::int64_t r = 0; r < reference_.shape(0); ++r) {
      const double* const y = at(r);
      double sum = 0.0;
      std::int64_t shared = 0;
      for (std::int64_t i = 0; i < width(); ++i) {
        const double difference = x[i] - y[i];
        if (std::isnan(difference)) continue;
        sum +=
            index_[static_cast<std::size_t>(i)] ? (difference != 0.0 ? 1.0 : 0.0) : difference * difference;
        ++shared;
      }
      const double scale = static_cast<double>(width()) / static_cast<double>(shared);
      out.push_back({shared > 0 ? sum * scale : std::numeric_limits<double>::infinity(), r});
    }
    return out;
  }

  void fill(double* to, std::size_t c, const std::vector<Neighbour>& near) const {
    const Place& place = places_[c];
    std::vector<Neighbour> donors;
    std::copy_if(near.begin(), near.end(), std::back_inserter(donors),
                 [&](const Neighbour& n) { return !std::isnan(at(n.row)[place.begin]); });
    const auto k = std::min<std::ptrdiff_t>(options_.neighbours, std::ssize(donors));
    std::partial_sort(donors.begin(), donors.begin() + k, donors.end());
    donors.resize(static_cast<std::size_t>(k));
    const auto n = static_cast<std::size_t>(place.end - place.begin);
    if (donors.empty() || std::isinf(donors.front().distance)) {
      std::copy_n(fits_[c].fill.begin(), n, to);
      return;
    }
    if (index_[static_cast<std::size_t>(place.begin)]) {
      to[0] = most_frequent(donors, place.begin);
      return;
    }
    std::fill_n(to, n, 0.0);
    for (const Neighbour& d : donors) {
      for (std::size_t i = 0; i < n; ++i)
        to[i] += at(d.row)[place.begin + static_cast<std::int64_t>(i)] / static_cast<double>(k);
    }
    if (place.one_hot) {
      const auto best = std::max_element(to, to + n) - to;
      std::fill_n(to, n, 0.0);
      to[best] = 1.0;
    }
  }

  [[nodiscard]] double most_frequent(const std::vector<Neighbour>& donors, std::int64_t column) const {
    std::vector<double> values;
    values.reserve(donors.size());
    for (const Neighbour& d : donors) values.push_back(at(d.row)[column]);
    std::sort(values.begin(), values.end());
    double best = values.front();
    std::ptrdiff_t most = 0;
    for (auto i = values.begin(); i != values.end();) {
      const auto end = std::upper_bound(i, values.end(), *i);
      if (end - i > most) most = end - i, best = *i;
      i = end;
    }
    return best;
  }

  const Tensor& reference_;
  const std::vector<Place>& places_;
  const PreprocessorOptions& options_;
  const std::vector<ColumnFit>& fits_;
  std::vector<bool> index_;  // tensor columns that hold an index
};

}  // namespace

void fill_from_nearest(Tensor& x, const Tensor& reference, const std::vector<Place>& places,
                       const PreprocessorOptions& options, const std::vector<ColumnFit>& fits) {
  const Search search(reference, places, options, fits);
  std::vector<std::int64_t> holes;  // rows with one to be filled so
  const std::int64_t width = x.shape(1);
  double* const data = x.mutable_data<double>();
  for (std::int64_t i = 0; i < x.shape(0); ++i) {
    for (std::size_t c = 0; c < places.size(); ++c) {
      if (options.columns[c].missing != Missing::nearest || !std::isnan(data[i * width + places[c].begin]))
        continue;
      holes.push_back(i);
      break;
    }
  }
  parallel_for(std::ssize(holes),
               [&](std::int64_t i) { search.fill(data + holes[static_cast<std::size_t>(i)] * width); });
}

}  // namespace hourglass::data::internal
