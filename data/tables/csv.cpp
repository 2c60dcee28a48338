#include <hourglass/data/tables/csv.h>
#include <hourglass/data/tables/dates.h>
#include <hourglass/data/tables/internal/csv_cells.h>
#include <hourglass/data/tables/internal/csv_pieces.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <new>
#include <set>

namespace hourglass::data {

namespace {

using csv::Cells;
using csv::Input;
using csv::Origin;
using csv::Piece;
using csv::Plan;
using csv::shown;

void check(const CsvOptions& options, const std::string& op) {
  const auto usable = [](char c) { return c != '\n' && c != '\r' && c != '\0'; };
  if (usable(options.separator) && usable(options.quote) && options.separator != options.quote) return;
  throw DataError("{}: separator and quote must be two characters that end no line; ',' and '\"' are usual",
                  op);
}

std::vector<std::string> names_in(csv::Fields& fields, const CsvOptions& options, const Origin& origin) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  while (!fields.ended()) {
    const std::string name(fields.next());
    if (std::ssize(names) == csv::kMostColumns)
      throw DataError("{}: more than {} columns; is the separator right?",
                      origin.at(fields.line(), csv::kMostColumns + 1), csv::kMostColumns);
    names.push_back(options.header ? name : "column_" + std::to_string(fields.column()));
    if (options.header && (name.empty() || !seen.insert(name).second)) {
      throw DataError("{}: the name {} {}; has the file no header (CsvOptions::header = false)?",
                      origin.at(fields.line(), fields.column()), shown(name),
                      name.empty() ? "is empty" : "stands there twice");
    }
  }
  return names;
}

// The names of the columns, and where the rows begin. Reads no more of the file than it must.
std::vector<std::string> read_header(const Input& input, const CsvOptions& options, const Origin& origin,
                                     Piece& rest) {
  Buffer<char> buffer;
  const std::int64_t size = input.size();
  rest.begin = size >= 3 && input.read(0, 3, buffer) == "\xEF\xBB\xBF" ? 3 : 0;
  rest.end = size;
  for (std::int64_t bytes = std::int64_t{1} << 16;; bytes *= 4) {
    const std::int64_t end = std::min(rest.begin + bytes, size);
    csv::Fields fields(input.read(rest.begin, end, buffer), options, origin, 1);
    std::vector<std::string> names;
    try {
      if (fields.begin_record()) names = names_in(fields, options, origin);
    } catch (const DataError&) {
      if (!fields.cut() || end == size) throw;
    }
    if (end < size && (fields.cut() || names.empty())) {
      if (bytes > csv::kLongestRecord)
        throw DataError("{}: {}: the first line is longer than 64 MB; is it a CSV file?", origin.op,
                        origin.name);
      continue;
    }
    if (names.empty())
      throw DataError("{}: {} is empty: line 1, column 1 should be there; is it the right file?", origin.op,
                      origin.name);
    if (options.header) rest = {rest.begin + fields.position(), size, fields.next_line()};
    return names;
  }
}

std::vector<Plan> plans_for(const std::vector<std::string>& names, const CsvOptions& options,
                            const Origin& origin) {
  std::vector<Plan> plans(names.size());
  for (const auto& [name, kind] : options.types) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      throw DataError(
          "{}: {}, line 1 has no column {}, for which a type is given; it has {} columns, the first {}",
          origin.op, origin.name, shown(name), names.size(), shown(names.front()));
    }
    Plan& plan = plans[static_cast<std::size_t>(found - names.begin())];
    plan.type = kind.type;
    plan.given = true;
    for (const std::string& c : kind.categories) plan.categories.emplace(c, std::ssize(plan.categories));
    if (kind.type == ColumnType::ordinal && kind.categories.empty()) {
      throw DataError(
          "{}: column {} is said to be ordinal; give its categories in order: {ordinal, {\"S\", \"M\"}}",
          origin.op, shown(name));
    }
  }
  return plans;
}

// One reading of a file: its pieces, and what the columns are taken for.
class Job {
 public:
  Job(const Input& input, const CsvOptions& options, Origin origin, std::int64_t chunk)
      : input_(input), options_(options), origin_(std::move(origin)) {
    Piece rest;
    origin_.columns = read_header(input_, options_, origin_, rest);
    plans_ = plans_for(origin_.columns, options_, origin_);
    pieces_ = csv::cut(input_, rest, options_.quote, origin_, chunk);
  }

  Table read() {
    constexpr std::int64_t kSample = 1000;  // records that show what most columns are
    if (!pieces_.empty()) {
      while (change_plans(parse({pieces_.front()}, kSample))) {
      }
    }
    std::vector<Cells> cells = parse(pieces_);
    while (change_plans(cells)) cells.clear(), cells = parse(pieces_);
    return table(std::move(cells));
  }

 private:
  std::vector<Cells> parse(const std::vector<Piece>& pieces,
                           std::int64_t most = std::numeric_limits<std::int64_t>::max()) const {
    std::vector<Cells> out(pieces.size());
    parallel_for(std::ssize(pieces), [&](std::int64_t i) {
      const Piece& piece = pieces[static_cast<std::size_t>(i)];
      Cells& cells = out[static_cast<std::size_t>(i)];
      try {
        Buffer<char> buffer;
        const std::string_view text = input_.read(piece.begin, piece.end, buffer);
        cells = csv::read_cells(csv::Fields(text, options_, origin_, piece.line), std::ssize(text), plans_,
                                options_, origin_, most);
      } catch (...) {
        cells.error = std::current_exception();
      }
    });
    for (const Cells& c : out) {
      if (c.error) std::rethrow_exception(c.error);  // the first in the file
    }
    return out;
  }

  // Whether entries do not fit the plans; then the plans are others.
  bool change_plans(const std::vector<Cells>& cells) {
    std::map<std::size_t, csv::Misfit> first;
    for (const Cells& c : cells) {
      for (csv::Misfit misfit : c.misfits) {
        misfit.others = misfit.others || plans_[misfit.column].seen;
        first.try_emplace(misfit.column, std::move(misfit));
      }
      for (std::size_t i = 0; i < plans_.size(); ++i) plans_[i].seen = plans_[i].seen || c.seen[i];
    }
    for (const auto& [column, misfit] : first) {
      Plan& plan = plans_[column];
      const std::string_view before = name(plan.type);
      const bool date = plan.type == ColumnType::number && !misfit.others && parse_date(misfit.text);
      plan.seen = false;
      plan.type = date ? ColumnType::date : ColumnType::category;
      if (!misfit.others) continue;
      notes_[column] = origin_.name + ": column " + shown(origin_.columns[column]) +
                       " holds categories, because line " + std::to_string(misfit.line) + " has " +
                       shown(misfit.text) + ", where other lines have a " + std::string(before) +
                       "; if it stands for a missing entry, name it in CsvOptions::missing";
    }
    return !first.empty();
  }

  // The categories of a column in all pieces, sorted, and for each piece its codes' places among them.
  static std::vector<std::string> merged(const std::vector<Cells>& cells, std::size_t column,
                                         std::vector<std::vector<double>>& places) {
    std::set<std::string_view> all;
    for (const Cells& c : cells) {
      if (c.words[column]) all.insert(c.words[column]->texts().begin(), c.words[column]->texts().end());
    }
    std::vector<std::string> out(all.begin(), all.end());
    for (const Cells& c : cells) {
      std::vector<double>& place = places.emplace_back();
      if (!c.words[column]) continue;
      for (const std::string& text : c.words[column]->texts())
        place.push_back(static_cast<double>(std::lower_bound(out.begin(), out.end(), text) - out.begin()));
    }
    return out;
  }

  Table table(std::vector<Cells> cells);

  const Input& input_;
  const CsvOptions& options_;
  Origin origin_;
  std::vector<Plan> plans_;
  std::vector<Piece> pieces_;
  std::map<std::size_t, std::string> notes_;  // by column
};

// Where a column's entries go: numbers or codes.
struct Target {
  Tensor values{};
  double* numbers = nullptr;
  std::int64_t* codes = nullptr;
  std::vector<std::string> categories{};
  std::vector<std::vector<double>> places{};  // by piece, of codes among the categories
};

// Entries stand row by row in a piece and column by column in the table; rows by the hundred stay in cache.
void spread(const Cells& cells, std::size_t piece, std::int64_t row, std::vector<Target>& targets) {
  const auto width = targets.size();
  const std::size_t rows = cells.lines.size();
  constexpr std::size_t kBlock = 128;
  for (std::size_t begin = 0; begin < rows; begin += kBlock) {
    for (std::size_t c = 0; c < width; ++c) {
      Target& target = targets[c];
      const double* const place = target.places.empty() ? nullptr : target.places[piece].data();
      for (std::size_t i = begin; i < std::min(rows, begin + kBlock); ++i) {
        const double value = cells.values[i * width + c];
        const std::int64_t at = row + static_cast<std::int64_t>(i);
        if (target.numbers) {
          target.numbers[at] = value;
        } else {
          const bool missing = std::isnan(value);
          const double code = missing ? -1.0 : place ? place[static_cast<std::size_t>(value)] : value;
          target.codes[at] = static_cast<std::int64_t>(code);
        }
      }
    }
  }
}

Table Job::table(std::vector<Cells> cells) {
  std::vector<std::int64_t> begins{0};
  for (const Cells& c : cells) begins.push_back(begins.back() + std::ssize(c.lines));
  const std::int64_t rows = begins.back();
  std::vector<Target> targets(plans_.size());
  for (std::size_t c = 0; c < targets.size(); ++c) {
    Target& target = targets[c];
    const bool numbers = plans_[c].type == ColumnType::number || plans_[c].type == ColumnType::date;
    target.values = Tensor(Shape{rows}, numbers ? float64 : int64);
    if (numbers) {
      target.numbers = target.values.mutable_data<double>();
      continue;
    }
    target.codes = target.values.mutable_data<std::int64_t>();
    const auto given = options_.types.find(origin_.columns[c]);
    if (given != options_.types.end() && !given->second.categories.empty()) {
      target.categories = given->second.categories;
    } else {
      target.categories = merged(cells, c, target.places);
    }
  }
  Tensor lines(Shape{rows}, int64);
  std::int64_t* const line = lines.mutable_data<std::int64_t>();
  parallel_for(std::ssize(cells), [&](std::int64_t i) {
    const auto piece = static_cast<std::size_t>(i);
    spread(cells[piece], piece, begins[piece], targets);
    std::copy(cells[piece].lines.begin(), cells[piece].lines.end(), line + begins[piece]);
    cells[piece] = {};
  });
  std::vector<Column> columns;
  for (std::size_t c = 0; c < targets.size(); ++c) {
    const std::string& name = origin_.columns[c];
    const ColumnType type = plans_[c].type;
    columns.push_back(type == ColumnType::number ? Column::number(name, targets[c].values)
                      : type == ColumnType::date
                          ? Column::date(name, targets[c].values)
                          : Column::coded(name, type, targets[c].values, std::move(targets[c].categories)));
  }
  std::vector<std::string> notes;
  for (auto& [column, note] : notes_) notes.push_back(std::move(note));
  return Table(std::move(columns)).with_lines(origin_.name, lines).with_notes(std::move(notes));
}

}  // namespace

Table csv::read(const Input& input, const CsvOptions& options, const Origin& origin, std::int64_t chunk) {
  check(options, origin.op);
  try {
    return Job(input, options, origin, chunk).read();
  } catch (const std::bad_alloc&) {
    throw MemoryError("{}: {} of {} bytes does not fit into memory; read a part of it", origin.op,
                      origin.name, input.size());
  }
}

Table read_csv(const std::string& path, const CsvOptions& options) {
  return csv::read(Input("read_csv", path), options, {"read_csv", path});
}

char find_separator(const std::string& path) {
  constexpr std::int64_t kEnough = std::int64_t{1} << 16;
  constexpr std::string_view kSeparators = ",;\t|";
  const Input input("find_separator", path);
  Buffer<char> buffer;
  std::array<std::int64_t, kSeparators.size()> counts{};
  bool quoted = false;
  for (const char c : input.read(0, std::min(kEnough, input.size()), buffer)) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n') break;
    if (const std::size_t which = kSeparators.find(c); which < counts.size()) ++counts[which];
  }
  return kSeparators[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) -
                                              counts.begin())];
}

Table parse_csv(std::string_view text, const CsvOptions& options, const std::string& name) {
  return csv::read(Input(text), options, {"parse_csv", name});
}

}  // namespace hourglass::data
