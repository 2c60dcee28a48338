#include <hourglass/files/internal/description.h>
#include <hourglass/files/internal/whole_file.h>
#include <hourglass/files/model.h>
#include <hourglass/tensor/base/error.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace hourglass::files {

using internal::Json;

namespace {

// Lists of structs, such as the nodes of a graph, by their length.
std::string shown(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool structs = value.is_array() && !value.empty() && value.front().is_object();
  return structs ? fmt::format("({})", value.size()) : value.dump();
}

// "in 784, out 64, activation relu": the fields of a config that are not what they are by default; those that
// lie in others with their place.
void add_fields(const Json& fields, const Json& defaults, const std::string& place, std::string& out) {
  for (const auto& [name, value] : fields.items()) {
    const auto at = defaults.is_object() ? defaults.find(name) : defaults.end();
    const Json usual = at == defaults.end() ? Json() : *at;
    if (value.is_object()) {
      add_fields(value, usual, place + name + ".", out);
    } else if (value != usual) {
      out += fmt::format("{}{}{} {}", out.empty() ? "" : ", ", place, name, shown(value));
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
  if (const auto config = module.find("config"); config != module.end()) {
    const internal::Type* const type = internal::find_type(module.at("type").get<std::string>());
    add_fields(*config, type ? Json::parse(type->defaults()) : Json(), "", fields);
  }
  if (!fields.empty()) out += " (" + fields + ")";
  if (const std::int64_t count = count_below(tensors, path); count > 0)
    out += fmt::format(", {} values", count);
  out += "\n";
  const auto parts = module.find("parts");
  if (parts == module.end()) return;
  for (const Json& part : *parts) {
    const auto name = part.at("name").get<std::string>();
    add_module(part, internal::joined(path, name), tensors, depth + 1, out);
  }
}

// Texts parted by zeros, as a history keeps the names of its figures.
std::vector<std::string> texts_in(const Tensor& letters) {
  std::vector<std::string> out(1);
  for (std::int64_t i = 0; i < letters.size(); ++i) {
    const auto letter = static_cast<char>(letters.data<std::uint8_t>()[i]);
    letter == '\0' ? out.emplace_back() : out.back() += letter;
  }
  out.pop_back();
  return out;
}

// The figures of the last epochs of a training::History, if that is what the section holds.
void add_history(const Section& section, std::string& out) {
  constexpr std::int64_t kMost = 10;
  std::map<std::string, Tensor> parts;
  for (const NamedTensor& t : section.tensors) parts[t.name] = t.value.contiguous();
  const Tensor &epochs = parts["epoch"], &values = parts["values"], &present = parts["present"];
  if (epochs.dtype() != int64 || epochs.rank() != 1 || parts["names"].dtype() != uint8) return;
  const std::vector<std::string> names = texts_in(parts["names"]);
  const Shape expected{epochs.size(), static_cast<std::int64_t>(names.size())};
  if (values.dtype() != float64 || present.dtype() != uint8 || values.shape() != expected ||
      present.shape() != expected)
    return;
  out += "\nepochs\n";
  for (std::int64_t i = std::max<std::int64_t>(0, epochs.size() - kMost); i < epochs.size(); ++i) {
    out += fmt::format("  {}:", epochs.data<std::int64_t>()[i]);
    for (std::size_t j = 0; j < names.size(); ++j) {
      const std::int64_t at = i * expected[1] + static_cast<std::int64_t>(j);
      if (present.data<std::uint8_t>()[at] != 0)
        out += fmt::format(" {} {:.6g}", names[j], values.data<double>()[at]);
    }
    out += "\n";
  }
}

bool holds_structs(const Json& value) {
  return std::any_of(value.begin(), value.end(), [](const Json& inner) {
    return inner.is_object() || (inner.is_array() && !inner.empty() && inner.front().is_object());
  });
}

// A line for what holds no further structs, with its fields; one for each inside of what does.
void add_lines(const std::string& name, const Json& value, std::string& out) {
  if (value.is_structured() && holds_structs(value)) {
    std::size_t i = 0;
    for (const auto& [key, inner] : value.items())
      add_lines(value.is_array() ? fmt::format("{} {}", name, i++) : key, inner, out);
    return;
  }
  std::string fields;
  if (value.is_object()) add_fields(value, Json(), "", fields);
  out += fmt::format("  {}: {}\n", name, value.is_object() ? fields : shown(value));
}

// What a section says of itself as JSON, as that of a Preprocessor does.
void add_description(const Section& section, std::string& out) {
  for (const NamedTensor& t : section.tensors) {
    if (t.name != "description" || t.value.dtype() != uint8) continue;
    const Tensor text = t.value.contiguous();
    try {
      const Json json = hourglass::internal::parse_json(
          {reinterpret_cast<const char*>(text.data<std::uint8_t>()), static_cast<std::size_t>(text.size())},
          section.name);
      out += "\n" + section.name + "\n";
      add_lines("description", json, out);
    } catch (const DataError&) {  // other bytes than a text
    }
  }
}

void add_section(const Section& section, std::string& out) {
  std::int64_t count = 0, bytes = 0;
  for (const NamedTensor& t : section.tensors)
    count += t.value.size(), bytes += t.value.size() * item_size(t.value.dtype());
  out += fmt::format("  /{}: {} {}, {} values, {} bytes\n", section.name, section.tensors.size(),
                     section.tensors.size() == 1 ? "tensor" : "tensors", count, bytes);
}

// A section's tensors as the model lists them, by which weights_sha256 goes.
std::vector<NamedTensor> in_order(const Section& section, const Json& model) {
  std::vector<NamedTensor> out;
  const auto order = model.find("order");
  for (const Json& name : order == model.end() ? Json::array() : *order) {
    const auto is_it = [&](const NamedTensor& t) { return t.name == name.get_ref<const std::string&>(); };
    const auto at = std::find_if(section.tensors.begin(), section.tensors.end(), is_it);
    if (at != section.tensors.end()) out.push_back(*at);
  }
  return out;
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
      add_fields(value, Json(), "", fields);
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
      out += "  SHA-256 of the weights: " + internal::weights_sha256(in_order(section, model)) + "\n";
    }
  }
  for (const Section& section : sections) {
    if (section.name == "history") add_history(section, out);
    add_description(section, out);
  }
  out += "\nsections\n";
  for (const Section& section : sections) add_section(section, out);
  return out;
}

}  // namespace hourglass::files
