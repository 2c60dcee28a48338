#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/json.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/clock.h>
#include <hourglass/training/internal/state_values.h>
#include <hourglass/training/search/internal/search_file.h>

#include <filesystem>
#include <string_view>

namespace hourglass::training::detail {

namespace {

struct SavedFigure {
  std::string name;
  double value = 0.0;
};
template <class V>
void visit(SavedFigure& f, V&& v) {
  v("name", f.name), v("value", f.value);
}

struct SavedTrial {
  std::int64_t trial = -1;
  std::vector<std::optional<double>> places{};
  TrialStatus status = TrialStatus::finished;
  std::vector<SavedFigure> figures{};
  std::vector<double> curve{};
  double seconds = 0.0;
  std::string error{};
};
template <class V>
void visit(SavedTrial& t, V&& v) {
  v("trial", t.trial), v("places", t.places), v("status", t.status), v("figures", t.figures);
  v("curve", t.curve), v("seconds", t.seconds), v("error", t.error);
}

std::string line_of(const TrialRecord& t) {
  SavedTrial saved{t.index, t.places, t.status, {}, t.curve, t.seconds, t.error};
  for (const auto& [name, value] : t.figures) saved.figures.push_back({name, value});
  return to_json(saved) + "\n";
}

TrialRecord record_from(std::string_view line) {
  SavedTrial saved = options_from_json<SavedTrial>(line, "the search's trials");
  TrialRecord out{.index = saved.trial};
  out.places = std::move(saved.places);
  out.status = saved.status;
  for (SavedFigure& f : saved.figures) out.figures.emplace_back(std::move(f.name), f.value);
  out.curve = std::move(saved.curve);
  out.seconds = saved.seconds;
  out.error = std::move(saved.error);
  return out;
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// The first line in which two identities differ.
std::string difference(std::string_view there, std::string_view here) {
  while (!there.empty() || !here.empty()) {
    const std::string_view a = next_line(there), b = next_line(here);
    if (a == b) continue;
    const auto or_nothing = [](std::string_view s) { return s.empty() ? "nothing" : std::string(s); };
    return "it has " + or_nothing(a) + ", this one " + or_nothing(b);
  }
  return "it has other lines";
}

}  // namespace

SearchFile::SearchFile(std::string path, bool resume, std::string identity, const Space& space)
    : path_(std::move(path)), identity_(std::move(identity)), space_(space) {
  if (path_.empty() || !resume || !std::filesystem::exists(path_)) return;
  SavedParts("search", path_)
      .restore({{"search", *this}}, "it is not the file of a search; name another path");
  written_ = true;
}

std::vector<NamedTensor> SearchFile::state() const {
  return {text("search", identity_), text("trials", lines_)};
}

void SearchFile::set_state(std::span<const NamedTensor> state) {
  const StateReader read("search", state);
  const std::string there = read.text("search"), lines = read.text("trials");
  if (there != identity_)
    throw FileError(
        "search: {} holds another search: {}; name another path, or set resume = false to begin anew", path_,
        difference(there, identity_));
  std::string_view rest = lines;
  while (!rest.empty()) {
    TrialRecord t = record_from(next_line(rest));
    if (t.index < 0 || !space_.contains(t.places) || trials_.contains(t.index))
      throw FileError("search: {} has a trial {} that this search cannot have; begin anew", path_, t.index);
    t.values = space_.values(t.places);
    trials_.emplace(t.index, std::move(t));
  }
  lines_ = lines;
}

void SearchFile::add(TrialRecord trial) {
  lines_ += line_of(trial);
  trials_.emplace(trial.index, std::move(trial));
  written_ = false;
  if (now() - wrote_at_ >= 20.0 * writing_took_) write();
}

void SearchFile::write() {
  if (path_.empty() || written_) return;
  const double begin = now();
  write_parts(path_, {{"search", *this}});
  written_ = true;
  wrote_at_ = now();
  writing_took_ = wrote_at_ - begin;
}

}  // namespace hourglass::training::detail
