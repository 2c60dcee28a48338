#include <hourglass/files/internal/whole_file.h>
#include <hourglass/files/state.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/internal/state_values.h>

#include <algorithm>
#include <bit>
#include <set>

namespace hourglass::training {

namespace {

NamedTensor generator_state(const Generator& generator) {
  const auto [seed, stream, draws] = generator.state();
  const auto bits = [](std::uint64_t v) { return std::bit_cast<std::int64_t>(v); };
  return detail::integers("generator", {bits(seed), bits(stream), bits(draws)});
}

void set_generator_state(Generator& generator, const detail::StateReader& state) {
  const auto g = state.integers("generator", 3);
  const auto bits = [](std::int64_t v) { return std::bit_cast<std::uint64_t>(v); };
  generator.set_state({bits(g[0]), bits(g[1]), bits(g[2])});
}

std::vector<NamedTensor> cloned(std::vector<NamedTensor> state) {
  for (NamedTensor& t : state) t.value = t.value.clone();
  return state;
}

}  // namespace

Part::Part(std::string name, nn::Module& module)
    : name_(std::move(name)),
      state_([&module] { return files::state_of(module); }),
      set_state_([&module, source = "the checkpoint's group /" + name_](std::span<const NamedTensor> state) {
        files::set_state(module, state, source);
      }),
      module_(&module) {}

Part::Part(std::string name, optim::Optimizer& optimizer)
    : name_(std::move(name)),
      state_([&optimizer] { return optimizer.state(); }),
      set_state_([&optimizer](std::span<const NamedTensor> state) { optimizer.set_state(state); }),
      optimizer_(&optimizer) {}

void Part::write_to(files::internal::WholeFile& file) const {
  if (module_) return file.add_model(name_, *module_);
  if (optimizer_) return file.add_optimizer(name_, *optimizer_);
  std::vector<NamedTensor> state = state_();
  if (!state.empty()) file.add({name_, std::move(state)});
}

Part::Part(std::string name, Generator& generator)
    : name_(std::move(name)),
      state_([&generator] { return std::vector{generator_state(generator)}; }),
      set_state_([&generator](std::span<const NamedTensor> state) {
        set_generator_state(generator, detail::StateReader("Generator", state));
      }) {}

namespace detail {

std::vector<NamedTensor> Position::state() const {
  std::vector<NamedTensor> out{integers("epochs_done", {epochs_done}), generator_state(default_generator())};
  if (batches_done == 0) return out;
  out.push_back(integers("within_epoch", {batches_done, batches}));
  out.push_back(real("loss_sum", loss_sum));
  out.push_back(real("examples", examples));
  out.push_back(real("seconds", seconds));
  if (const auto n = std::ssize(further_loss_sums); n > 0)
    out.push_back({"further_loss_sums", from_span<double>(further_loss_sums, {n})});
  return out;
}

Position Position::read(std::span<const NamedTensor> state) {
  const StateReader read("training", state);
  Position p{.epochs_done = read.integer("epochs_done")};
  const auto has = [&](const char* name) {
    return std::any_of(state.begin(), state.end(), [&](const NamedTensor& t) { return t.name == name; });
  };
  if (has("within_epoch")) {
    const auto counts = read.integers("within_epoch", 2);
    p.batches_done = counts[0], p.batches = counts[1];
    p.loss_sum = read.real("loss_sum");
    p.examples = read.real("examples");
    p.seconds = read.real("seconds");
    if (has("further_loss_sums")) {
      const Tensor& sums = read.tensor("further_loss_sums", float64, 1);
      p.further_loss_sums.assign(sums.data<double>(), sums.data<double>() + sums.size());
    }
  }
  if (std::min({p.epochs_done, p.batches_done, p.batches - p.batches_done}) < 0)
    throw DataError("training: this is not a state of it: a count is negative; give what state() gave");
  return p;
}

void Position::set_state(std::span<const NamedTensor> state) {
  const Position p = read(state);
  set_generator_state(default_generator(), StateReader("training", state));
  *this = p;
}

void write_parts(const std::string& path, const Parts& parts, const files::ModelNotes& notes) {
  std::set<std::string_view> names;
  files::internal::WholeFile file;
  for (const Part& part : parts) {
    if (!names.insert(part.name()).second)
      throw DataError("save_checkpoint: the name \"{}\" stands among the parts twice; give each its own",
                      part.name());
    part.write_to(file);
  }
  file.say(notes);
  file.write(path);
}

struct SavedParts::Sections {
  std::vector<files::Section> list;
  [[nodiscard]] const files::Section* find(const std::string& name) const {
    const auto at = std::find_if(list.begin(), list.end(), [&](const auto& s) { return s.name == name; });
    return at == list.end() ? nullptr : &*at;
  }
};

SavedParts::SavedParts(std::string reader, std::string path)
    : reader_(std::move(reader)),
      path_(std::move(path)),
      sections_(std::make_unique<Sections>(Sections{files::read_state(path_)})) {}

SavedParts::~SavedParts() = default;

Position SavedParts::position() const {
  const files::Section* const section = sections_->find("training");
  return section ? Position::read(section->tensors) : Position{};
}

void SavedParts::restore(const Parts& parts, const char* all_used) const {
  std::string missing, unused;
  for (const Part& part : parts) {
    if (!sections_->find(part.name()) && !part.state().empty()) missing += " /" + part.name();
  }
  for (const files::Section& section : sections_->list) {
    const auto wants = [&](const Part& part) { return part.name() == section.name; };
    if (section.name == files::internal::kDescription) continue;
    if (all_used && std::none_of(parts.begin(), parts.end(), wants)) unused += " /" + section.name;
  }
  if (!missing.empty() || !unused.empty()) {
    throw FileError(
        "{}: {} does not fit:{}{}{}{}; {}", reader_, path_, missing.empty() ? "" : " it has no group",
        missing, unused.empty() ? "" : " nothing was given that takes", unused,
        all_used ? all_used : "it is not a checkpoint of these (files::load reads a model alone)");
  }
  std::vector<std::vector<NamedTensor>> before;
  before.reserve(parts.size());
  for (const Part& part : parts) before.push_back(cloned(part.state()));
  std::size_t done = 0;
  try {
    for (const Part& part : parts) {
      if (const files::Section* const section = sections_->find(part.name()))
        part.set_state(section->tensors);
      ++done;
    }
  } catch (...) {  // the one that threw is as it was
    for (std::size_t i = 0; i < done; ++i) parts[i].set_state(before[i]);
    throw;
  }
}

}  // namespace detail

void save_checkpoint(const std::string& path, const Parts& parts, std::int64_t epochs_done,
                     const files::ModelNotes& notes) {
  detail::Position position{.epochs_done = epochs_done};
  Parts all = parts;
  all.emplace_back("training", position);
  detail::write_parts(path, all, notes);
}

std::int64_t load_checkpoint(const std::string& path, const Parts& parts) {
  const detail::SavedParts saved("load_checkpoint", path);
  detail::Position position = saved.position();
  if (position.batches_done > 0) {
    throw FileError(
        "load_checkpoint: {} was written within epoch {}, after batch {}; only FitOptions::checkpoint can go "
        "on from there (files::load reads the model alone)",
        path, position.epochs_done + 1, position.batches_done);
  }
  Parts all = parts;
  all.emplace_back("training", position);
  saved.restore(all);
  return position.epochs_done;
}

void save_checkpoint(const std::string& path, nn::Module& model, optim::Optimizer& optimizer,
                     std::int64_t epochs_done, const files::ModelNotes& notes) {
  save_checkpoint(path, {{"model", model}, {"optimizer", optimizer}}, epochs_done, notes);
}

std::int64_t load_checkpoint(const std::string& path, nn::Module& model, optim::Optimizer& optimizer) {
  return load_checkpoint(path, {{"model", model}, {"optimizer", optimizer}});
}

}  // namespace hourglass::training
