#include <hourglass/tensor/base/error.h>
#include <hourglass/training/search/result.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hourglass::training {

namespace {

constexpr double kWorst = std::numeric_limits<double>::infinity();

// Less is better; infinite without the figure.
double cost(const TrialRecord& trial, const Monitor& by) {
  const auto figure = trial.find(by.name);
  if (!figure || std::isnan(*figure)) return kWorst;
  return by.maximize ? -*figure : *figure;
}

std::string on_one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

bool is_number(const OptionValue& value) {
  return std::holds_alternative<std::int64_t>(value.get()) || std::holds_alternative<double>(value.get());
}
double number_of(const OptionValue& value) {
  const auto* const whole = std::get_if<std::int64_t>(&value.get());
  return whole ? static_cast<double>(*whole) : std::get<double>(value.get());
}

using Trials = std::vector<const TrialRecord*>;

std::vector<std::string> figures_of(const Trials& trials) {
  std::vector<std::string> out;
  for (const TrialRecord* const t : trials) {
    for (const auto& figure : t->figures) {
      if (std::find(out.begin(), out.end(), figure.first) == out.end()) out.push_back(figure.first);
    }
  }
  return out;
}

// Columns of a table, by what each trial gives. A name that is taken gets a '_' behind it.
class Columns {
 public:
  explicit Columns(const Trials& trials) : trials_(trials) {}

  template <class F>
  void numbers(const std::string& name, F number) {
    std::vector<double> out;
    for (const TrialRecord* const t : trials_) out.push_back(number(*t));
    columns_.push_back(data::Column::number(free(name), out));
  }
  template <class F>
  void texts(const std::string& name, F text) {
    std::vector<std::string> out;
    for (const TrialRecord* const t : trials_) out.push_back(text(*t));
    columns_.push_back(data::Column::category(free(name), out));
  }
  data::Table table() { return data::Table(std::move(columns_)); }

 private:
  [[nodiscard]] std::string free(std::string name) const {
    const auto same = [&](const data::Column& c) { return c.name() == name; };
    while (std::any_of(columns_.begin(), columns_.end(), same)) name += '_';
    return name;
  }
  const Trials& trials_;
  std::vector<data::Column> columns_;
};

double six_digits(double x) { return std::isfinite(x) ? std::stod(fmt::format("{:.6g}", x)) : x; }

data::Table table_of(const Trials& trials, const std::vector<Axis>& axes, bool for_people) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const auto shown = [&](double x) { return for_people ? six_digits(x) : x; };
  Columns columns(trials);
  columns.numbers("trial", [](const TrialRecord& t) { return static_cast<double>(t.number()); });
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const Axis& axis = axes[i];
    if (std::all_of(axis.list().begin(), axis.list().end(), is_number)) {
      columns.numbers(axis.name(), [&](const TrialRecord& t) {
        return t.places[i] ? shown(number_of(axis.at(*t.places[i]))) : none;
      });
    } else {
      columns.texts(axis.name(), [&](const TrialRecord& t) {
        return t.places[i] ? plain_text(axis.at(*t.places[i])) : std::string();
      });
    }
  }
  for (const std::string& name : figures_of(trials))
    columns.numbers(name, [&](const TrialRecord& t) { return shown(t.find(name).value_or(none)); });
  columns.texts("status", [](const TrialRecord& t) {
    return std::string(enum_names(t.status)[static_cast<std::size_t>(t.status)]);
  });
  columns.numbers("epochs_done", [](const TrialRecord& t) { return static_cast<double>(t.curve.size()); });
  columns.numbers("seconds", [&](const TrialRecord& t) { return shown(t.seconds); });
  if (!for_people) columns.texts("error", [](const TrialRecord& t) { return on_one_line(t.error); });
  return columns.table();
}

}  // namespace

const TrialRecord& SearchResult::best(const Monitor& by) const {
  const TrialRecord* out = nullptr;
  for (const TrialRecord& t : trials) {
    if (t.status == TrialStatus::finished && cost(t, by) < (out ? cost(*out, by) : kWorst)) out = &t;
  }
  if (out) return *out;
  const auto failed = std::find_if(trials.begin(), trials.end(),
                                   [](const TrialRecord& t) { return t.status == TrialStatus::failed; });
  if (failed == trials.end())
    throw DataError("search: none of {} trials has finished with a figure \"{}\"; there are: {}",
                    trials.size(), by.name, fmt::format("{}", fmt::join(figures_of(ranked()), ", ")));
  throw DataError("search: none of {} trials has finished with a figure \"{}\"; trial {} failed with: {}",
                  trials.size(), by.name, failed->number(), failed->error);
}

std::vector<const TrialRecord*> SearchResult::front(const std::vector<Monitor>& by) const {
  const auto beats = [&](const TrialRecord& a, const TrialRecord& b) {
    bool better = false;
    for (const Monitor& m : by) {
      if (cost(a, m) > cost(b, m)) return false;
      better = better || cost(a, m) < cost(b, m);
    }
    return better;
  };
  Trials out;
  for (const TrialRecord& t : trials) {
    const auto has = [&](const Monitor& m) { return cost(t, m) < kWorst; };
    const auto beaten = [&](const TrialRecord& other) {
      return other.status == TrialStatus::finished && beats(other, t);
    };
    if (t.status == TrialStatus::finished && std::all_of(by.begin(), by.end(), has) &&
        std::none_of(trials.begin(), trials.end(), beaten))
      out.push_back(&t);
  }
  return out;
}

std::vector<const TrialRecord*> SearchResult::ranked() const {
  Trials out;
  for (const TrialRecord& t : trials) out.push_back(&t);
  std::stable_sort(out.begin(), out.end(), [&](const TrialRecord* a, const TrialRecord* b) {
    return a->status != b->status ? a->status < b->status : cost(*a, monitor) < cost(*b, monitor);
  });
  return out;
}

data::Table SearchResult::table() const {
  Trials all;
  for (const TrialRecord& t : trials) all.push_back(&t);
  return table_of(all, axes, false);
}

std::string SearchResult::str() const {
  constexpr std::size_t kShown = 10;
  const auto count = [&](TrialStatus status) {
    return std::count_if(trials.begin(), trials.end(), [&](const auto& t) { return t.status == status; });
  };
  std::string out = fmt::format("{} trials: {} finished, {} stopped early, {} failed{}\n", trials.size(),
                                count(TrialStatus::finished), count(TrialStatus::stopped),
                                count(TrialStatus::failed), interrupted ? "; interrupted" : "");
  if (trials.empty()) return out;
  Trials shown = ranked();
  if (shown.size() > kShown) {
    shown.resize(kShown);
    out += fmt::format("the {} best by {}:\n", kShown, monitor.name);
  }
  const std::string table = table_of(shown, axes, true).str();
  out += table.substr(0, table.rfind('\n', table.size() - 2) + 1);  // without its count of rows
  for (const TrialRecord& t : trials) {
    if (t.status == TrialStatus::failed) out += fmt::format("trial {} failed: {}\n", t.number(), t.error);
  }
  return out;
}

}  // namespace hourglass::training
