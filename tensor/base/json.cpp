#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/internal/strict_json.h>
#include <hourglass/tensor/base/json.h>

#include <cmath>
#include <set>

namespace hourglass::internal {

namespace {

constexpr int kDeepest = 64;

class Writer final : public OptionsVisitor {
 public:
  Json root = Json::object();

 private:
  void on_bool(std::string_view name, bool& value) override { put(name, value); }
  void on_integer(std::string_view name, std::int64_t& value) override { put(name, value); }
  void on_number(std::string_view name, double& value) override {
    if (std::isfinite(value)) {
      put(name, value);
      return;
    }
    put(name, std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
  }
  void on_text(std::string_view name, std::string& value, std::span<const char* const> /*choices*/) override {
    put(name, value);
  }
  bool on_optional(std::string_view name, bool has_value) override {
    if (!has_value) put(name, nullptr);
    return has_value;
  }
  std::size_t begin_list(std::string_view name, std::size_t size) override {
    open_.push_back(&put(name, Json::array()));
    open_.back()->get_ref<Json::array_t&>().reserve(size);  // what lies inside must not move while it is open
    return size;
  }
  void end_list() override { open_.pop_back(); }
  void begin_struct(std::string_view name) override { open_.push_back(&put(name, Json::object())); }
  void end_struct() override { open_.pop_back(); }

  template <class T>
  Json& put(std::string_view name, T&& value) {
    Json& at = *open_.back();
    if (at.is_array()) return at.emplace_back(std::forward<T>(value));
    return at[std::string(name)] = std::forward<T>(value);
  }

  std::vector<Json*> open_{&root};
};

// Reads fields where the text has them; null stands for what it leaves out.
class Reader final : public OptionsVisitor {
 public:
  Reader(const Json& root, std::string_view source) : source_(source) { open(&root, {}); }
  ~Reader() override = default;

  // Throws for members of the object that no field has asked for.
  void close() {
    const Open& top = open_.back();
    if (top.value && top.value->is_object()) {
      std::string names;
      for (const auto& [name, value] : top.value->items()) {
        if (!top.seen.count(name)) names += (names.empty() ? "" : ", ") + name;
      }
      if (!names.empty()) {
        std::string known;
        for (const std::string& name : top.seen) known += (known.empty() ? "" : ", ") + name;
        throw DataError("{}: unknown {}{}; there are: {}", source_, path(top.name), names, known);
      }
    }
    open_.pop_back();
  }

 private:
  struct Open {
    const Json* value;  // null where the text has nothing
    std::string name;
    std::set<std::string> seen{};
  };

  void on_bool(std::string_view name, bool& value) override {
    if (const Json* const j = find(name)) {
      if (!j->is_boolean()) refuse(name, *j, "true or false");
      value = j->get<bool>();
    }
  }
  void on_integer(std::string_view name, std::int64_t& value) override {
    if (const Json* const j = find(name)) {
      if (!j->is_number_integer() ||
          (j->is_number_unsigned() && j->get<std::uint64_t>() > std::uint64_t{INT64_MAX}))
        refuse(name, *j, "a whole number");
      value = j->get<std::int64_t>();
    }
  }
  void on_number(std::string_view name, double& value) override {
    const Json* const j = find(name);
    if (!j) return;
    if (j->is_number()) {
      value = j->get<double>();
    } else if (*j == "inf" || *j == "-inf" || *j == "nan") {
      value = *j == "nan" ? std::nan("") : *j == "inf" ? HUGE_VAL : -HUGE_VAL;
    } else {
      refuse(name, *j, "a number");
    }
  }
  void on_text(std::string_view name, std::string& value, std::span<const char* const> /*choices*/) override {
    if (const Json* const j = find(name)) {
      if (!j->is_string()) refuse(name, *j, "a text");
      value = j->get<std::string>();
    }
  }
  bool on_optional(std::string_view name, bool has_value) override {
    const Json* const j = find(name);
    return j ? !j->is_null() : has_value;
  }
  std::size_t begin_list(std::string_view name, std::size_t size) override {
    const Json* const j = find(name);
    if (j && !j->is_array()) refuse(name, *j, "a list");
    open(j, name);
    return j ? j->size() : size;
  }
  void end_list() override { close(); }
  void begin_struct(std::string_view name) override {
    const Json* const j = find(name);
    if (j && !j->is_object()) refuse(name, *j, "an object");
    open(j, name);
  }
  void end_struct() override { close(); }

  void open(const Json* value, std::string_view name) {
    if (open_.size() > kDeepest)
      throw DataError("{}: structs lie more than {} deep; no options do", source_, kDeepest);
    open_.push_back({value, std::string(name)});
  }

  const Json* find(std::string_view name) {
    Open& top = open_.back();
    if (!top.value) return nullptr;
    if (top.value->is_array()) return &(*top.value)[static_cast<std::size_t>(std::stoul(std::string(name)))];
    top.seen.emplace(name);
    const auto at = top.value->find(std::string(name));
    return at == top.value->end() ? nullptr : &*at;
  }

  std::string path(std::string_view name) const {
    std::string out;
    for (const Open& o : open_) out += o.name.empty() ? "" : o.name + ".";
    return open_.back().name == name ? out : out + std::string(name);
  }

  [[noreturn]] void refuse(std::string_view name, const Json& value, const char* expected) const {
    throw DataError("{}: {} is {}; expected {}", source_, path(name), value.dump().substr(0, 60), expected);
  }

  std::string source_;
  std::vector<Open> open_;
};

}  // namespace

std::string write_json(WalkFields walk) {
  Writer writer;
  walk(writer);
  return writer.root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void read_json(std::string_view text, std::string_view source, WalkFields walk) {
  const Json root = parse_json(text, source);
  if (!root.is_object()) throw DataError("{}: expected a JSON object; write the file anew", source);
  Reader reader(root, source);
  walk(reader);
  reader.close();
}

}  // namespace hourglass::internal
