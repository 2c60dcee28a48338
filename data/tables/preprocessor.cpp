#include <hourglass/data/tables/internal/column_fit.h>
#include <hourglass/data/tables/internal/csv_records.h>
#include <hourglass/data/tables/preprocessor.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace hourglass::data {

using csv::shown;
using internal::ColumnFit;

PreprocessorOptions steps_for(const Table& table, const StepsForOptions& options) {
  PreprocessorOptions out;
  for (const Column& c : table.columns()) {
    const auto missing = static_cast<double>(c.missing_count());
    if (missing > options.most_missing * static_cast<double>(c.size())) continue;
    out.columns.push_back(c.has_categories() ? options.categories : options.numbers);
    out.columns.back().column = c.name();
  }
  return out;
}

Preprocessor::Preprocessor(PreprocessorOptions options) : options_(std::move(options)) {
  std::set<std::string> names;
  if (options_.columns.empty())
    throw DataError("Preprocessor: no column has steps; steps_for(table) gives some to each");
  if (options_.neighbours < 1)
    throw DataError("Preprocessor: neighbours must be at least 1, got {}; 5 is usual", options_.neighbours);
  for (const ColumnSteps& steps : options_.columns) {
    if (!names.insert(steps.column).second)
      throw DataError("Preprocessor: column {} has steps twice; name each column once", shown(steps.column));
    if (!(steps.low < steps.high) || !std::isfinite(steps.high - steps.low)) {
      throw DataError("Preprocessor: column {} is to be scaled to [{}, {}]; low must be less than high",
                      shown(steps.column), steps.low, steps.high);
    }
  }
}
Preprocessor::~Preprocessor() = default;
Preprocessor::Preprocessor(const Preprocessor&) = default;
Preprocessor& Preprocessor::operator=(const Preprocessor&) = default;
Preprocessor::Preprocessor(Preprocessor&&) noexcept = default;
Preprocessor& Preprocessor::operator=(Preprocessor&&) noexcept = default;

void Preprocessor::fit(const Table& train) {
  Preprocessor fitted(options_);
  fitted.imputer_ = imputer_;
  for (const ColumnSteps& steps : options_.columns)
    fitted.fits_.push_back(internal::fit_column(train, steps, fitted.notes_));
  if (needs_reference()) fitted.reference_ = fitted.encoded(train, fitted.kept_rows(train));
  if (needs_reference() && fitted.reference_.shape(0) == 0)
    throw DataError(
        "Preprocessor: Missing::drop_row leaves none of the {} training rows; fill some columns in",
        train.rows());
  *this = std::move(fitted);
}

bool Preprocessor::needs_reference() const {
  return std::any_of(options_.columns.begin(), options_.columns.end(),
                     [](const ColumnSteps& s) { return s.missing == Missing::nearest; });
}

void Preprocessor::expect_fitted(const char* what) const {
  if (!is_fitted())
    throw DataError("Preprocessor: {} needs what fit() learns; call fit(training rows) first", what);
}

std::int64_t Preprocessor::width() const {
  expect_fitted("width()");
  std::int64_t out = 0;
  for (std::size_t c = 0; c < fits_.size(); ++c) out += fits_[c].width(options_.columns[c]);
  return out;
}

std::vector<Place> Preprocessor::places() const {
  expect_fitted("places()");
  std::vector<Place> out;
  std::int64_t begin = 0;
  for (std::size_t c = 0; c < fits_.size(); ++c) {
    const ColumnSteps& steps = options_.columns[c];
    const std::int64_t end = begin + fits_[c].width(steps);
    const bool index = !fits_[c].categories.empty() && steps.encoding == Encoding::index;
    out.push_back({steps.column, begin, end, fits_[c].is_one_hot(steps), fits_[c].categories, index});
    begin = end;
  }
  return out;
}

Tensor Preprocessor::kept_rows(const Table& table) const {
  expect_fitted("kept_rows()");
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < table.rows(); ++i) rows.push_back(i);
  for (std::size_t c = 0; c < fits_.size(); ++c) {
    const ColumnSteps& steps = options_.columns[c];
    if (steps.missing != Missing::drop_row) continue;
    const Column& column = table[steps.column];
    std::set<std::string> seen;
    const bool unseen = steps.unseen == Unseen::missing && column.has_categories();
    if (unseen) seen.insert(fits_[c].categories.begin(), fits_[c].categories.end());
    std::erase_if(rows, [&](std::int64_t row) {
      return column.is_missing(row) || (unseen && !seen.contains(column.text(row)));
    });
  }
  Tensor out(Shape{std::ssize(rows)}, int64);
  std::copy(rows.begin(), rows.end(), out.mutable_data<std::int64_t>());
  return out;
}

// Scaled and encoded, nan where an entry is missing.
Tensor Preprocessor::encoded(const Table& table, const Tensor& rows) const {
  const std::int64_t w = width();
  Tensor out(Shape{rows.size(), w}, float64);
  double* const to = out.mutable_data<double>();
  const std::vector<Place> where = places();
  for (std::size_t c = 0; c < fits_.size(); ++c) {
    const ColumnFit& fit = fits_[c];
    const std::vector<double> raw = internal::raw_entries(table, rows, options_.columns[c], fit);
    for (std::int64_t i = 0; i < rows.size(); ++i) {
      const double v = raw[static_cast<std::size_t>(i)];
      double* const entry = to + i * w + where[c].begin;
      if (!where[c].one_hot) {
        *entry = (v - fit.center) / fit.scale + fit.offset;
        continue;
      }
      std::fill_n(entry, where[c].end - where[c].begin, std::isnan(v) ? v : 0.0);
      if (!std::isnan(v)) entry[static_cast<std::int64_t>(v)] = 1.0;
    }
  }
  return out;
}

void Preprocessor::fill(Tensor& x) const {
  const std::vector<Place> where = places();
  const Tensor before = x.clone();  // neighbours are looked for by what a row has itself
  if (reference_.rank() == 2) internal::fill_from_nearest(x, reference_, where, options_, fits_);
  const std::int64_t w = x.shape(1);
  double* const data = x.mutable_data<double>();
  const auto each_hole = [&](Missing kind, auto&& f) {
    for (std::size_t c = 0; c < where.size(); ++c) {
      if (options_.columns[c].missing != kind) continue;
      for (std::int64_t i = 0; i < x.shape(0); ++i) {
        if (std::isnan(before.data<double>()[i * w + where[c].begin])) f(c, i * w + where[c].begin);
      }
    }
  };
  const auto put = [&](std::size_t c, std::int64_t at) {
    std::copy(fits_[c].fill.begin(), fits_[c].fill.end(), data + at);
  };
  for (const Missing kind : {Missing::mean, Missing::median, Missing::mode}) each_hole(kind, put);
  bool asked = false;
  each_hole(Missing::function, [&](std::size_t, std::int64_t) { asked = true; });
  if (!asked) return;
  if (!imputer_)
    throw DataError("Preprocessor: entries are to be filled in by a function; set_imputer(f) gives one");
  const Tensor filled = imputer_(x).to(float64).contiguous();
  if (!(filled.shape() == x.shape()))
    throw ShapeError("Preprocessor: the imputer made {} of rows {}; it must return rows of the same shape",
                     filled.shape(), x.shape());
  each_hole(Missing::function, [&](std::size_t c, std::int64_t at) {
    std::copy_n(filled.data<double>() + at, where[c].end - where[c].begin, data + at);
  });
}

Tensor Preprocessor::transform(const Table& table, DType dtype) const {
  expect_fitted("transform()");
  expect_floating("Preprocessor", dtype);
  std::string absent;
  for (const ColumnSteps& steps : options_.columns) {
    if (!table.has(steps.column)) absent += (absent.empty() ? "" : ", ") + shown(steps.column);
  }
  if (!absent.empty())
    throw DataError(
        "Preprocessor: the table has no column {}, but the training rows have; is it the right file?",
        absent);
  const Tensor rows = kept_rows(table);
  Tensor x = encoded(table, rows);
  const std::vector<Place> where = places();
  for (std::size_t c = 0; c < where.size(); ++c) {
    if (options_.columns[c].missing != Missing::error && options_.columns[c].missing != Missing::drop_row)
      continue;
    for (std::int64_t i = 0; i < x.shape(0); ++i) {
      if (!std::isnan(x.data<double>()[i * x.shape(1) + where[c].begin])) continue;
      throw DataError("Preprocessor: {}, column {} has no entry; ColumnSteps::missing says how to fill it in",
                      table.place_of(rows.data<std::int64_t>()[i]), shown(where[c].column));
    }
  }
  fill(x);
  return x.to(dtype);
}

}  // namespace hourglass::data
