// From tensors back to tables, and a preprocessor as text.
#include <hourglass/data/tables/internal/column_fit.h>
#include <hourglass/data/tables/internal/csv_records.h>
#include <hourglass/data/tables/preprocessor.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/json.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace hourglass::data {

using csv::shown;
using internal::ColumnFit;

namespace {

double without_logarithm(double v, Logarithm kind) {
  return kind == Logarithm::log ? std::exp(v) : kind == Logarithm::log1p ? std::expm1(v) : v;
}

// The category that a row's entries mean; -1 where they are missing.
std::int64_t category_of(const double* entry, const Place& place, const ColumnFit& fit) {
  if (std::isnan(*entry)) return -1;
  if (place.one_hot) return std::max_element(entry, entry + (place.end - place.begin)) - entry;
  const double at = std::round((*entry - fit.offset) * fit.scale + fit.center);
  return static_cast<std::int64_t>(std::clamp(at, 0.0, static_cast<double>(fit.categories.size() - 1)));
}

struct Saved {
  std::int64_t format = 0;
  PreprocessorOptions options{};
  std::vector<ColumnFit> fits{};
  std::vector<std::string> notes{};
  std::vector<double> reference{};
};
template <class V>
void visit(Saved& o, V&& v) {
  v("format", o.format), v("options", o.options), v("fits", o.fits), v("notes", o.notes);
  v("reference", o.reference);
}

constexpr std::int64_t kFormat = 1;

void check(const ColumnFit& fit, const ColumnSteps& steps) {
  const auto refuse = [&](const char* why) {
    throw DataError("Preprocessor: column {} {}; save the preprocessor anew", shown(steps.column), why);
  };
  const std::set<std::string> distinct(fit.categories.begin(), fit.categories.end());
  if (!std::isfinite(fit.center) || !std::isfinite(fit.offset) || !(fit.scale > 0.0) ||
      !std::isfinite(fit.scale))
    refuse("has no center, scale and offset that are finite");
  if (fit.has_categories() == fit.categories.empty()) refuse("has categories that do not belong to its type");
  if (distinct.size() != fit.categories.size()) refuse("has a category twice");
  const bool filled = steps.missing == Missing::mean || steps.missing == Missing::median ||
                      steps.missing == Missing::mode || steps.missing == Missing::nearest;
  if (std::ssize(fit.fill) != (filled ? fit.width(steps) : 0)) refuse("has no value for missing entries");
  for (const double v : fit.fill) {
    if (!std::isfinite(v)) refuse("fills missing entries with what is not finite");
  }
}

}  // namespace

Table Preprocessor::inverse(const Tensor& x) const {
  const std::vector<Place> where = places();
  if (x.rank() != 2 || x.shape(1) != width())
    throw ShapeError("Preprocessor: inverse() takes rows of {} columns, got shape {}; transform() makes them",
                     width(), x.shape());
  const Tensor rows = x.to(float64).contiguous();
  const std::int64_t n = rows.shape(0), w = rows.shape(1);
  std::vector<Column> out;
  for (std::size_t c = 0; c < where.size(); ++c) {
    const ColumnFit& fit = fits_[c];
    const ColumnSteps& steps = options_.columns[c];
    const double* const entries = rows.data<double>() + where[c].begin;
    if (fit.has_categories()) {
      Tensor codes(Shape{n}, int64);
      for (std::int64_t i = 0; i < n; ++i)
        codes.mutable_data<std::int64_t>()[i] = category_of(entries + i * w, where[c], fit);
      out.push_back(Column::coded(steps.column, fit.type, codes, fit.categories));
      continue;
    }
    Tensor numbers(Shape{n}, float64);
    for (std::int64_t i = 0; i < n; ++i) {
      const double v = (entries[i * w] - fit.offset) * fit.scale + fit.center;
      numbers.mutable_data<double>()[i] = without_logarithm(v, steps.logarithm);
    }
    out.push_back(fit.type == ColumnType::date ? Column::date(steps.column, numbers)
                                               : Column::number(steps.column, numbers));
  }
  return Table(std::move(out));
}

std::string Preprocessor::description(bool with_reference) const {
  Saved saved{kFormat, options_, fits_, notes_};
  if (with_reference && reference_.rank() == 2) {
    saved.reference.assign(reference_.data<double>(), reference_.data<double>() + reference_.size());
  }
  return hourglass::to_json(std::move(saved));
}

std::string Preprocessor::to_json() const { return description(true); }

Preprocessor Preprocessor::from_json(std::string_view text) {
  Preprocessor out = described(text);
  if ((out.is_fitted() && out.needs_reference()) != (out.reference_.rank() == 2)) {
    throw DataError(
        "Preprocessor: Missing::nearest and the reference rows belong together, one is missing; save the "
        "preprocessor anew");
  }
  return out;
}

Preprocessor Preprocessor::described(std::string_view text) {
  auto saved = options_from_json<Saved>(text, "Preprocessor");
  if (saved.format != kFormat)
    throw DataError(
        "Preprocessor: the text is of format {}, this library reads {}; save the preprocessor anew",
        saved.format, kFormat);
  Preprocessor out(saved.options);
  if (!saved.fits.empty() && saved.fits.size() != out.options_.columns.size())
    throw DataError("Preprocessor: {} columns have steps, but {} were fitted; save the preprocessor anew",
                    out.options_.columns.size(), saved.fits.size());
  for (std::size_t c = 0; c < saved.fits.size(); ++c) check(saved.fits[c], out.options_.columns[c]);
  out.fits_ = std::move(saved.fits);
  out.notes_ = std::move(saved.notes);
  if (saved.reference.empty()) return out;
  const std::int64_t width = out.is_fitted() ? out.width() : 0, size = std::ssize(saved.reference);
  if (width == 0 || size % width != 0)
    throw DataError("Preprocessor: {} reference values are no rows of {}; save the preprocessor anew", size,
                    width);
  out.reference_ = from_span(std::span<const double>(saved.reference), Shape{size / width, width});
  return out;
}

std::vector<NamedTensor> Preprocessor::state() const {
  const std::string text = description(false);
  std::vector<NamedTensor> out{
      {"description",
       from_span(std::as_bytes(std::span(text)).size() > 0
                     ? std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())
                     : std::span<const std::uint8_t>(),
                 Shape{std::ssize(text)})}};
  if (reference_.rank() == 2) out.push_back({"reference", reference_});
  return out;
}

void Preprocessor::set_state(std::span<const NamedTensor> state) {
  const auto find = [&](const char* name) {
    return std::find_if(state.begin(), state.end(), [&](const NamedTensor& t) { return t.name == name; });
  };
  const auto text = find("description"), reference = find("reference");
  const std::ptrdiff_t known = (text == state.end() ? 0 : 1) + (reference == state.end() ? 0 : 1);
  if (text == state.end() || known != std::ssize(state) || text->value.dtype() != uint8 ||
      text->value.rank() != 1)
    throw DataError(
        "Preprocessor: the state must be \"description\", uint8 (N,), and at most \"reference\"; give "
        "what state() gave");
  const Tensor bytes = text->value.contiguous();
  Preprocessor out = described(
      {reinterpret_cast<const char*>(bytes.data<std::uint8_t>()), static_cast<std::size_t>(bytes.size())});
  if (reference != state.end()) {
    const Tensor& rows = reference->value;
    if (!out.is_fitted() || rows.dtype() != float64 || rows.rank() != 2 || rows.shape(1) != out.width() ||
        rows.shape(0) == 0)
      throw DataError(
          "Preprocessor: the reference rows are {} {}, which do not belong to the description; give "
          "what state() gave",
          name(rows.dtype()), rows.shape());
    out.reference_ = rows.contiguous();
  }
  if ((out.is_fitted() && out.needs_reference()) != (out.reference_.rank() == 2))
    throw DataError(
        "Preprocessor: Missing::nearest and the reference rows belong together, one is missing; give what "
        "state() gave");
  out.imputer_ = std::move(imputer_);
  *this = std::move(out);
}

}  // namespace hourglass::data
