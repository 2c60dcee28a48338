#include <hourglass/files/internal/whole_file.h>
#include <hourglass/files/model.h>
#include <hourglass/optim/registry.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <ctime>

namespace hourglass::files {

namespace internal {

namespace {

// "2026-11-27T11:02:33Z", now, or what SOURCE_DATE_EPOCH says, for files that are to be the same each time.
std::string date() {
  std::time_t seconds = std::time(nullptr);
  if (const char* const given = std::getenv("SOURCE_DATE_EPOCH")) {
    char* end = nullptr;
    const long long value = std::strtoll(given, &end, 10);
    if (end != given && *end == '\0' && value >= 0) seconds = static_cast<std::time_t>(value);
  }
  std::tm parts{};
  std::array<char, 32> text{};
  if (!gmtime_r(&seconds, &parts)) return "";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace

WholeFile::WholeFile() : about_{{"library", "hourglass"}, {"version", HOURGLASS_VERSION}} {}

void WholeFile::add_model(const std::string& section, const nn::Module& model) {
  std::vector<NamedTensor> tensors = shared_state_of(model);
  Json& about = about_["models"][section] = describe(model);
  for (const NamedTensor& t : tensors) about["order"].push_back(t.name);  // that weights_sha256 takes
  sections_.push_back({section, std::move(tensors)});
}

void WholeFile::add_optimizer(const std::string& section, const optim::Optimizer& optimizer) {
  const std::string name = optim::registered_name(optimizer);
  about_["optimizers"][section] = {{"type", name.empty() ? optimizer.name() : name}};
  if (!name.empty()) about_["optimizers"][section]["options"] = Json::parse(optim::options_json(optimizer));
  sections_.push_back({section, optimizer.state()});
}

void WholeFile::say_date() { about_["saved"] = date(); }

void WholeFile::say(const ModelNotes& notes) {
  if (!notes.loss.empty()) about_["loss"] = notes.loss;
  if (!notes.data.empty()) about_["data"] = notes.data;
  if (notes.seed) about_["seed"] = *notes.seed;
  for (const auto& [name, text] : notes.documents)
    about_["documents"][name] = hourglass::internal::parse_json(text, "the document \"" + name + "\"");
}

void WholeFile::write(const std::string& path) const {
  std::vector<Section> all = sections_;
  all.push_back(section_of(about_));
  write_state(path, all);
}

void refuse_type(const std::string& path, const nn::Module& model, const std::string& wanted) {
  throw FileError("load_model: {} holds a {}, not a {}; load_model(path) gives what it is", path,
                  model.describe(), wanted);
}

}  // namespace internal

using internal::Json;

namespace {

constexpr const char* kModel = "model";
constexpr const char* kOptimizer = "optimizer";
constexpr const char* kGenerator = "generator";

std::string optimizer_section(const std::string& phase) {
  return phase.empty() ? kOptimizer : std::string(kOptimizer).append("_").append(phase);
}

Section generator_section() {
  const auto [seed, stream, draws] = default_generator().state();
  const std::array<std::int64_t, 3> numbers{std::bit_cast<std::int64_t>(seed),
                                            std::bit_cast<std::int64_t>(stream),
                                            std::bit_cast<std::int64_t>(draws)};
  return {kGenerator, {{kGenerator, from_span<std::int64_t>(numbers, {3})}}};
}

}  // namespace

void save_model(const std::string& path, const nn::Module& model, const ModelExtras& extras) {
  internal::WholeFile file;
  file.add_model(kModel, model);
  if (extras.optimizer) file.add_optimizer(kOptimizer, *extras.optimizer);
  for (const auto& [phase, optimizer] : extras.further_optimizers)
    file.add_optimizer(optimizer_section(phase), *optimizer);
  file.say_date(), file.say(extras.notes);
  file.add(generator_section());
  for (const Section& section : extras.sections) file.add(section);
  file.write(path);
}

void save(const std::string& path, const nn::Module& module, std::span<const Section> others) {
  internal::WholeFile file;
  file.add_model(kModel, module);
  for (const Section& section : others) file.add(section);
  file.write(path);
}

struct ModelFile::Contents {
  std::string path;
  std::vector<Section> sections;
  Json about = Json::object();

  [[nodiscard]] const Section* find(std::string_view name) const {
    const auto at =
        std::find_if(sections.begin(), sections.end(), [&](const Section& s) { return s.name == name; });
    return at == sections.end() ? nullptr : &*at;
  }
  [[nodiscard]] const Section& model() const {
    if (const Section* const section = find(kModel)) return *section;
    throw FileError("load: {} holds no model (no group /model); inspect gives what is in it", path);
  }
  [[nodiscard]] const Json& description() const {
    static_cast<void>(model());
    const auto models = about.find("models");
    if (models != about.end() && models->is_object()) {
      if (const auto at = models->find(kModel); at != models->end()) return *at;
    }
    throw FileError(
        "load_model: {} holds values, but does not say of what model (it is of version 1, or no model file); "
        "make one, then files::load(path, model), and save_model writes all of it",
        path);
  }
  [[nodiscard]] std::string text(const char* key) const {
    const auto at = about.find(key);
    return at != about.end() && at->is_string() ? at->get<std::string>() : std::string();
  }
};

ModelFile::ModelFile(std::string path) : contents_(std::make_unique<Contents>()) {
  contents_->path = std::move(path);
  contents_->sections = read_state(contents_->path);
  if (const Section* const section = contents_->find(internal::kDescription))
    contents_->about = internal::description_in(contents_->path, *section);
}
ModelFile::~ModelFile() = default;
ModelFile::ModelFile(ModelFile&&) noexcept = default;
ModelFile& ModelFile::operator=(ModelFile&&) noexcept = default;

std::unique_ptr<nn::Module> ModelFile::model() const {
  return internal::make(contents_->description(), contents_->model().tensors,
                        "load_model: " + contents_->path);
}

std::unique_ptr<nn::Module> ModelFile::part(const std::string& name) const {
  const std::string source = "load_part: " + contents_->path;
  try {
    const internal::DescribedPart part =
        internal::part_of(contents_->description(), contents_->model().tensors, name, source);
    return internal::make(part.description, part.tensors, source);
  } catch (const Json::exception& e) {
    throw FileError("{}: its description is not one of a model ({}); take an earlier copy", source, e.what());
  }
}

void ModelFile::load(nn::Module& model) const {
  set_state(model, contents_->model().tensors, "load: " + contents_->path);
}

void ModelFile::restore_generator() const {
  const Section* section = contents_->find(kGenerator);
  if (!section) section = contents_->find("training");
  for (const NamedTensor& t : section ? section->tensors : std::vector<NamedTensor>{}) {
    if (t.name != kGenerator || t.value.dtype() != int64 || t.value.size() != 3) continue;
    const Tensor numbers = t.value.contiguous();
    const auto at = [&](std::size_t i) {
      return std::bit_cast<std::uint64_t>(numbers.data<std::int64_t>()[i]);
    };
    default_generator().set_state({at(0), at(1), at(2)});
    return;
  }
  throw FileError("load: {} does not say where the random numbers were; hg::set_seed starts them anew",
                  contents_->path);
}

std::unique_ptr<optim::Optimizer> ModelFile::optimizer(const std::string& phase) const {
  const std::string name = optimizer_section(phase);
  const Section* const section = contents_->find(name);
  if (!section) return nullptr;
  try {
    const Json& about = contents_->about.at("optimizers").at(name);
    const auto type = about.at("type").get<std::string>();
    if (!about.contains("options"))
      throw FileError(
          "load: {}: the optimizer is {}, of the program's own; register it before it is saved, "
          "hg::optim::register_optimizer<{}>(\"{}\")",
          contents_->path, type, type, type);
    auto out = optim::make_from_json(type, about.at("options").dump(), "load: " + contents_->path);
    out->set_state(section->tensors);
    return out;
  } catch (const Json::exception&) {
    throw FileError(
        "load: {} holds the state of an optimizer, but does not say of which (it is of version 1); make one, "
        "and load_checkpoint gives it the state",
        contents_->path);
  } catch (const DataError& e) {
    throw FileError("load: {}: the optimizer cannot be made as the file says: {}; inspect shows it",
                    contents_->path, e.message());
  }
}

ModelNotes ModelFile::notes() const {
  ModelNotes out{.loss = contents_->text("loss"), .data = contents_->text("data")};
  const Json& about = contents_->about;
  if (const auto at = about.find("seed"); at != about.end() && at->is_number_unsigned())
    out.seed = at->get<std::uint64_t>();
  const auto documents = about.find("documents");
  if (documents == about.end() || !documents->is_object()) return out;
  for (const auto& [name, document] : documents->items()) out.documents[name] = document.dump();
  return out;
}

std::string ModelFile::text() const {
  try {
    return internal::text_of(contents_->path, contents_->sections, contents_->about);
  } catch (const Json::exception& e) {
    throw FileError("inspect: {}: its description is not one of a model ({}); take an earlier copy",
                    contents_->path, e.what());
  }
}

std::string inspect(const std::string& path) { return ModelFile(path).text(); }

const Section* ModelFile::section(std::string_view name) const { return contents_->find(name); }

std::unique_ptr<nn::Module> load_model(const std::string& path) { return ModelFile(path).model(); }

std::unique_ptr<nn::Module> load_part(const std::string& path, const std::string& name) {
  return ModelFile(path).part(name);
}

}  // namespace hourglass::files
