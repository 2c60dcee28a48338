#include <hourglass/files/internal/description.h>
#include <hourglass/files/model.h>
#include <hourglass/tensor/base/error.h>

#include <fmt/format.h>

#include <algorithm>

namespace hourglass::files {

using internal::Json;

namespace {

// Lists of structs, such as the nodes of a graph, by their length.
std::string shown(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool structs = value.is_array() && !value.empty() && value.front().is_object();
  return structs ? fmt::format("({})", value.size()) : value.dump();
}

// "in 784, out 64, activation relu": the fields of a config, those that lie in others with their place.
void add_fields(const Json& fields, const std::string& place, std::string& out) {
  for (const auto& [name, value] : fields.items()) {
    if (value.is_object()) {
      add_fields(value, place + name + ".", out);
    } else {
      out += (out.empty() ? "" : ", ") + place + name + " " + shown(value);
    }
  }
}

std::int64_t count_below(std::span<const NamedTensor> tensors, const std::string& path) {
  std::int64_t count = 0;
  for (const NamedTensor& t : tensors) {
    if (path.empty() || t.name.starts_with(path + ".")) count += t.value.size();
  }
  return count;
}

// A line for each module, indented, with its own tensors below it.
void add_module(const Json& module, const std::string& path, std::span<const NamedTensor> tensors, int depth,
                std::string& out) {
  const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
  out += fmt::format("{}{}{}", indent, path.empty() ? "" : module.at("name").get<std::string>() + ": ",
                     module.contains("same_as") ? "the same as " + (module.at("same_as").get<std::string>())
                                                : module.at("type").get<std::string>());
  std::string fields;
  if (const auto config = module.find("config"); config != module.end()) add_fields(*config, "", fields);
  if (!fields.empty()) out += " (" + fields + ")";
  if (const std::int64_t count = count_below(tensors, path); count > 0)
    out += fmt::format(", {} values", count);
  out += "\n";
  const auto parts = module.find("parts");
  if (parts == module.end()) return;
  for (const Json& part : *parts) {
    const auto name = part.at("name").get<std::string>();
    add_module(part, path.empty() ? name : path + "." + name, tensors, depth + 1, out);
  }
}

void add_section(const Section& section, std::string& out) {
  std::int64_t count = 0, bytes = 0;
  for (const NamedTensor& t : section.tensors)
    count += t.value.size(), bytes += t.value.size() * item_size(t.value.dtype());
  out += fmt::format("  /{}: {} tensors, {} values, {} bytes\n", section.name, section.tensors.size(), count,
                     bytes);
}

void add_names(const Json& model, const char* key, const char* words, std::string& out) {
  const auto at = model.find(key);
  if (at == model.end()) return;
  out += std::string("  ") + words + ": ";
  bool first = true;
  for (const auto& [name, value] : at->items()) {
    out += (std::exchange(first, false) ? "" : ", ") +
           (at->is_object() ? name + " to " + shown(value) : shown(value));
  }
  out += "\n";
}

}  // namespace

std::string internal::text_of(const std::string& path, std::span<const Section> sections, const Json& about) {
  std::string out = path + "\n";
  const auto line = [&](const char* key, const char* words) {
    if (const auto at = about.find(key); at != about.end())
      out += fmt::format("  {}: {}\n", words, shown(*at));
  };
  line("library", "written by"), line("version", "version"), line("saved", "on");
  line("data", "trained on"), line("loss", "loss"), line("seed", "seed");
  for (const char* const group : {"optimizers", "documents"}) {
    const auto at = about.find(group);
    if (at == about.end()) continue;
    for (const auto& [name, value] : at->items()) {
      std::string fields;
      add_fields(value, "", fields);
      out += fmt::format("  {}: {}\n", name, fields);
    }
  }
  for (const Section& section : sections) {
    const auto models = about.find("models");
    if (models != about.end() && models->contains(section.name)) {
      const Json& model = models->at(section.name);
      out += "\n";
      add_module(model, "", section.tensors, 0, out);
      add_names(model, "tied", "tied", out), add_names(model, "frozen", "frozen", out);
    }
  }
  out += "\nsections\n";
  for (const Section& section : sections) add_section(section, out);
  return out;
}

}  // namespace hourglass::files
