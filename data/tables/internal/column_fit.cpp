#include <hourglass/data/tables/dates.h>
#include <hourglass/data/tables/internal/column_fit.h>
#include <hourglass/data/tables/internal/csv_cells.h>
#include <hourglass/tensor/base/error.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

namespace hourglass::data::internal {

namespace {

using csv::shown;

// Linear between neighbours, as NumPy's.
double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - std::floor(at)) * (sorted[high] - sorted[low]);
}

double mean_of(const std::vector<double>& v) {
  const auto n = static_cast<double>(v.size());
  const double mean = std::accumulate(v.begin(), v.end(), 0.0) / n;
  double rest = 0.0;  // what rounding has left
  for (const double x : v) rest += x - mean;
  return mean + rest / n;
}

double deviation_of(const std::vector<double>& v, double mean) {
  double squares = 0.0;
  for (const double x : v) squares += (x - mean) * (x - mean);
  return std::sqrt(squares / static_cast<double>(v.size()));
}

// The most frequent, of several the least.
double mode_of(const std::vector<double>& sorted) {
  double best = sorted.front();
  std::ptrdiff_t most = 0;
  for (auto at = sorted.begin(); at != sorted.end();) {
    const auto end = std::upper_bound(at, sorted.end(), *at);
    if (end - at > most) most = end - at, best = *at;
    at = end;
  }
  return best;
}

void fit_scale(ColumnFit& fit, const ColumnSteps& steps, const std::vector<double>& sorted) {
  fit.center = 0.0, fit.scale = 1.0, fit.offset = 0.0;
  if (fit.has_categories() && steps.encoding != Encoding::ordinal) return;
  const double least = sorted.front(), largest = sorted.back();
  if (steps.scaling == Scaling::min_max) {
    fit.center = least, fit.offset = steps.low;
    fit.scale = (largest - least) / (steps.high - steps.low);
  } else if (steps.scaling == Scaling::standard) {
    fit.center = least == largest ? least : mean_of(sorted);
    fit.scale = deviation_of(sorted, fit.center);
  } else if (steps.scaling == Scaling::robust) {
    fit.center = quantile(sorted, 0.5);
    fit.scale = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  }
  if (fit.scale == 0.0) fit.scale = 1.0;
  if (!std::isfinite(fit.scale) || !std::isfinite(fit.center))
    throw DataError("Preprocessor: column {} goes from {} to {}, a range beyond float64; divide it first",
                    shown(steps.column), least, largest);
}

// What stands for a missing entry; of the training rows, scaled.
void fit_fill(ColumnFit& fit, const ColumnSteps& steps, const std::vector<double>& sorted) {
  const bool nearest = steps.missing == Missing::nearest;  // where no row has a column in common
  double raw = 0.0;
  if (steps.missing == Missing::mean || (nearest && !fit.has_categories())) {
    raw = mean_of(sorted);
  } else if (steps.missing == Missing::median) {
    raw = quantile(sorted, 0.5);
  } else if (steps.missing == Missing::mode || nearest) {
    raw = mode_of(sorted);
  } else {
    return;
  }
  fit.fill.assign(1, (raw - fit.center) / fit.scale + fit.offset);
  if (fit.is_one_hot(steps)) {
    fit.fill.assign(fit.categories.size(), 0.0);
    fit.fill[static_cast<std::size_t>(raw)] = 1.0;
  }
}

double logarithm(double x, const Table& table, std::int64_t row, const ColumnSteps& steps) {
  const double v = steps.logarithm == Logarithm::log ? std::log(x) : std::log1p(x);
  if (std::isnan(x) || std::isfinite(v)) return v;
  throw DataError("Preprocessor: {}, column {}: {} has no logarithm{}; scale it without one, or correct it",
                  table.place_of(row), shown(steps.column), x,
                  steps.logarithm == Logarithm::log ? "" : " when 1 is added");
}

// Entries that are numbers, whatever the table's column is.
std::vector<double> numbers(const Table& table, const Tensor& rows, const ColumnSteps& steps,
                            ColumnType expected) {
  const Column& column = table[steps.column];
  const bool fits = column.type() == expected;
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(rows.size()));
  for (std::int64_t i = 0; i < rows.size(); ++i) {
    const std::int64_t row = rows.data<std::int64_t>()[i];
    double x = kNone;
    if (fits) {
      x = column.values().data<double>()[row];
    } else if (!column.is_missing(row)) {
      const std::string text = column.text(row);
      const auto value = expected == ColumnType::number ? csv::parse_number(text) : parse_date(text);
      if (!value) {
        throw DataError(
            "Preprocessor: {}, column {}: {} is no {}, as the training rows have there; correct it",
            table.place_of(row), shown(steps.column), shown(text), name(expected));
      }
      x = *value;
    }
    if (std::isinf(x))
      throw DataError("Preprocessor: {}, column {}: {} is infinite; correct it or let it be missing",
                      table.place_of(row), shown(steps.column), x);
    out.push_back(steps.logarithm == Logarithm::none ? x : logarithm(x, table, row, steps));
  }
  return out;
}

// Places among the training rows' categories, by their texts.
std::vector<double> places_of(const Table& table, const Tensor& rows, const ColumnSteps& steps,
                              const ColumnFit& fit) {
  const Column& column = table[steps.column];
  std::unordered_map<std::string_view, double> places;
  for (const std::string& c : fit.categories) places.emplace(c, static_cast<double>(places.size()));
  std::vector<double> by_code;  // of the table's categories
  for (const std::string& c : column.categories()) {
    const auto found = places.find(c);
    by_code.push_back(found == places.end() ? kNone : found->second);
  }
  std::vector<double> out;
  out.reserve(static_cast<std::size_t>(rows.size()));
  for (std::int64_t i = 0; i < rows.size(); ++i) {
    const std::int64_t row = rows.data<std::int64_t>()[i];
    double place = kNone;
    if (!column.is_missing(row)) {
      if (column.has_categories()) {
        place = by_code[static_cast<std::size_t>(column.values().data<std::int64_t>()[row])];
      } else if (const auto found = places.find(column.text(row)); found != places.end()) {
        place = found->second;
      }
      if (std::isnan(place) && steps.unseen == Unseen::error) {
        throw DataError(
            "Preprocessor: {}, column {}: the category {} is in none of the training rows, which have "
            "{}; take it for missing with ColumnSteps::unseen",
            table.place_of(row), shown(steps.column), shown(column.text(row)), fit.categories.size());
      }
    }
    out.push_back(place);
  }
  return out;
}

}  // namespace

std::vector<double> raw_entries(const Table& table, const Tensor& rows, const ColumnSteps& steps,
                                const ColumnFit& fit) {
  return fit.has_categories() ? places_of(table, rows, steps, fit) : numbers(table, rows, steps, fit.type);
}

ColumnFit fit_column(const Table& train, const ColumnSteps& steps, std::vector<std::string>& notes) {
  const Column& column = train[steps.column];
  ColumnFit fit{.type = column.type(), .categories = column.categories()};
  if (fit.has_categories() && (steps.missing == Missing::mean || steps.missing == Missing::median) &&
      steps.encoding != Encoding::ordinal) {
    throw DataError("Preprocessor: column {} holds categories, which have no {}; use Missing::mode",
                    shown(steps.column), enum_names(Missing{})[static_cast<std::size_t>(steps.missing)]);
  }
  Tensor rows(Shape{train.rows()}, int64);
  std::iota(rows.mutable_data<std::int64_t>(), rows.mutable_data<std::int64_t>() + train.rows(), 0);
  if (fit.type == ColumnType::category) {  // those that occur
    std::vector<bool> occurs(column.categories().size());
    for (std::int64_t i = 0; i < column.size(); ++i) {
      if (!column.is_missing(i))
        occurs[static_cast<std::size_t>(column.values().data<std::int64_t>()[i])] = true;
    }
    fit.categories.clear();
    for (std::size_t i = 0; i < occurs.size(); ++i) {
      if (occurs[i]) fit.categories.push_back(column.categories()[i]);
    }
  }
  std::vector<double> present = raw_entries(train, rows, steps, fit);
  std::erase_if(present, [](double v) { return std::isnan(v); });
  if (present.empty()) {
    throw DataError("Preprocessor: column {} has no entry in the {} training rows; leave it out",
                    shown(steps.column), train.rows());
  }
  std::sort(present.begin(), present.end());
  if (present.front() == present.back())
    notes.push_back("column " + shown(steps.column) + " holds one value alone in the training rows: " +
                    (fit.has_categories() ? fit.categories.front() : fmt::format("{}", present.front())));
  fit_scale(fit, steps, present);
  fit_fill(fit, steps, present);
  return fit;
}

}  // namespace hourglass::data::internal
