#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/option_values.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

namespace hourglass {

std::string OptionValue::str() const {
  if (const auto* const text = std::get_if<std::string>(&value_)) return '"' + *text + '"';
  if (const auto* const flag = std::get_if<bool>(&value_)) return *flag ? "true" : "false";
  if (const auto* const whole = std::get_if<std::int64_t>(&value_)) return std::to_string(*whole);
  return detail::Text(std::get<double>(value_)).characters;
}

bool same_name(std::string_view a, std::string_view b) {
  const auto plain = [](std::string_view name) {
    std::string out;
    for (const char c : name) {
      if (c != '_' && c != '-') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
  };
  return plain(a) == plain(b);
}

namespace internal {

namespace {

constexpr std::size_t kLongestList = 10000;

class Setter final : public OptionsVisitor {
 public:
  Setter(const OptionValues& values, std::string_view whose) : whose_(whose) {
    for (const NamedOption& option : values) {
      if (!values_.emplace(option.name, Entry{&option.value}).second)
        throw DataError("{}: the option {} is given twice; give it once", whose_, option.name);
    }
  }

  void expect_all_used() const {
    for (const auto& [name, entry] : values_) {
      if (entry.used) continue;
      std::string names;
      for (const std::string& known : known_) names += (names.empty() ? "" : ", ") + known;
      throw DataError("{}: there is no option {}; there are: {}", whose_, name,
                      names.empty() ? "none" : names);
    }
  }

 private:
  struct Entry {
    const OptionValue* value;
    bool used = false;
  };

  // The value for a field, which counts as used; null for none.
  const OptionValue* find(std::string_view name) {
    const std::string full = prefix_ + std::string(name);
    const bool stands_for_struct = name == "value" && !prefix_.empty();
    const std::string around = stands_for_struct ? prefix_.substr(0, prefix_.size() - 1) : full;
    add_known(around);
    auto at = values_.find(full);
    if (at == values_.end() && stands_for_struct) at = values_.find(around);
    if (at == values_.end()) return nullptr;
    at->second.used = true;
    return at->second.value;
  }
  [[noreturn]] void refuse(std::string_view name, const OptionValue& value, std::string_view expected) const {
    throw DataError("{}: the option {}{} is {}; expected {}", whose_, prefix_, name, value.str(), expected);
  }

  void on_bool(std::string_view name, bool& value) override {
    const OptionValue* const given = find(name);
    if (!given) return;
    const auto* const flag = std::get_if<bool>(&given->get());
    if (!flag) refuse(name, *given, "true or false");
    value = *flag;
  }
  void on_integer(std::string_view name, std::int64_t& value) override {
    const OptionValue* const given = find(name);
    if (!given) return;
    const auto* const whole = std::get_if<std::int64_t>(&given->get());
    if (!whole) refuse(name, *given, "a whole number");
    value = *whole;
  }
  void on_number(std::string_view name, double& value) override {
    const OptionValue* const given = find(name);
    if (!given) return;
    if (const auto* const whole = std::get_if<std::int64_t>(&given->get())) {
      value = static_cast<double>(*whole);
    } else if (const auto* const number = std::get_if<double>(&given->get())) {
      value = *number;
    } else {
      refuse(name, *given, "a number");
    }
  }
  void on_text(std::string_view name, std::string& value, std::span<const char* const> choices) override {
    const OptionValue* const given = find(name);
    if (!given) return;
    const auto* const text = std::get_if<std::string>(&given->get());
    const bool fits =
        text && (choices.empty() || std::find(choices.begin(), choices.end(), *text) != choices.end());
    if (!fits) {
      std::string all;
      for (const char* const choice : choices) all += (all.empty() ? "one of: " : ", ") + std::string(choice);
      refuse(name, *given, choices.empty() ? "a text" : all);
    }
    value = *text;
  }

  bool on_optional(std::string_view name, bool has_value) override {
    const std::string full = prefix_ + std::string(name);
    const auto at = values_.find(full);
    if (at != values_.end()) {
      const auto* const text = std::get_if<std::string>(&at->second.value->get());
      if (!text || *text != "none") return true;
      at->second.used = true;
      return false;
    }
    if (is_anything_below(full)) return true;
    if (!has_value) add_known(full);
    return has_value;
  }
  std::size_t begin_list(std::string_view name, std::size_t size) override {
    add_known(prefix_ + std::string(name) + ".N");
    ++lists_;
    begin_struct(name);
    for (auto at = values_.lower_bound(prefix_); at != values_.end() && at->first.starts_with(prefix_);
         ++at) {
      const char* const first = at->first.data() + prefix_.size();
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(first, at->first.data() + at->first.size(), index);
      if (error == std::errc() && end != first && index < kLongestList) size = std::max(size, index + 1);
    }
    return size;
  }
  void end_list() override {
    end_struct();
    --lists_;
  }
  void begin_struct(std::string_view name) override {
    starts_.push_back(prefix_.size());
    prefix_.append(name).append(".");
  }
  void end_struct() override {
    prefix_.resize(starts_.back());
    starts_.pop_back();
  }
  // For the errors; what lies in a list is known by the list's name.
  void add_known(const std::string& name) {
    if (lists_ == 0 && std::find(known_.begin(), known_.end(), name) == known_.end()) known_.push_back(name);
  }
  [[nodiscard]] bool is_anything_below(const std::string& full) const {
    const auto at = values_.lower_bound(full + ".");
    return at != values_.end() && at->first.starts_with(full + ".");
  }

  std::string whose_, prefix_;
  std::vector<std::size_t> starts_;
  std::map<std::string, Entry> values_;
  std::vector<std::string> known_;
  int lists_ = 0;
};

}  // namespace

void set_options(const OptionValues& values, std::string_view whose,
                 FunctionRef<void(OptionsVisitor&)> walk) {
  Setter setter(values, whose);
  walk(setter);
  setter.expect_all_used();
}

}  // namespace internal

}  // namespace hourglass
