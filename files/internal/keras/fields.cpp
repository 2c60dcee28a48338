#include <hourglass/files/internal/keras/fields.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <cmath>

namespace hourglass::files::keras {

namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 31;  // of anything that counts in a layer

std::string shortened(const Json& value) {
  constexpr std::size_t kLongest = 60;
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
}

}  // namespace

void Fields::refuse(const std::string& what) const {
  throw FileError("{}: {}; use a layer or an option that both libraries have", where_, what);
}

const Json* Fields::find(const char* name) const {
  if (!config_->is_object()) refuse("its config is not an object");
  const auto found = config_->find(name);
  return found == config_->end() || found->is_null() ? nullptr : &*found;
}

std::int64_t Fields::checked(const char* name, const Json& value, std::int64_t least) const {
  const bool is_one = value.is_number_integer() &&
                      (!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t(kMost));
  if (!is_one || value.get<std::int64_t>() < least || value.get<std::int64_t>() > kMost)
    refuse(std::string(name) + " is " + shortened(value) + ", not a whole number of at least " +
           std::to_string(least));
  return value.get<std::int64_t>();
}

std::int64_t Fields::integer(const char* name, std::int64_t fallback, std::int64_t least) const {
  const Json* const value = find(name);
  return value ? checked(name, *value, least) : fallback;
}

double Fields::number(const char* name, double fallback) const {
  const Json* value = find(name);
  if (!value) return fallback;
  if (value->is_object() && value->contains("config") && value->at("config").is_object() &&
      value->at("config").contains("value"))
    value = &value->at("config").at("value");  // some versions write {"class_name": "__numpy__", …}
  if (!value->is_number() || !std::isfinite(value->get<double>()))
    refuse(std::string(name) + " is " + shortened(*value) + ", not a number");
  return value->get<double>();
}

bool Fields::boolean(const char* name, bool fallback) const {
  const Json* const value = find(name);
  if (!value) return fallback;
  if (!value->is_boolean()) refuse(std::string(name) + " is " + shortened(*value) + ", not true or false");
  return value->get<bool>();
}

std::string Fields::text(const char* name, const std::string& fallback) const {
  const Json* const value = find(name);
  if (!value) return fallback;
  if (!value->is_string()) refuse(std::string(name) + " is " + shortened(*value) + ", not text");
  return value->get<std::string>();
}

Extent2 Fields::pair(const char* name, Extent2 fallback, std::int64_t least) const {
  const Json* const value = find(name);
  if (!value) return fallback;
  if (!value->is_array()) return checked(name, *value, least);
  if (value->size() != 2) refuse(std::string(name) + " is " + shortened(*value) + ", not two numbers");
  return {checked(name, value->at(0), least), checked(name, value->at(1), least)};
}

std::int64_t Fields::single(const char* name, std::int64_t fallback, std::int64_t least) const {
  const Json* const value = find(name);
  if (!value) return fallback;
  if (!value->is_array()) return checked(name, *value, least);
  if (value->size() != 1) refuse(std::string(name) + " is " + shortened(*value) + ", not one number");
  return checked(name, value->at(0), least);
}

std::array<std::int64_t, 4> Fields::edges(const char* name) const {
  const Json* const value = find(name);
  if (!value) refuse(std::string("it has no ") + name);
  if (!value->is_array()) {
    const std::int64_t n = checked(name, *value, 0);
    return {n, n, n, n};
  }
  std::array<std::int64_t, 4> out{};
  if (value->size() != 2) refuse(std::string(name) + " is " + shortened(*value) + ", not two pairs");
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const Json object{{name, value->at(axis)}};
    const Extent2 both = Fields(object, where_).pair(name, 0, 0);
    out.at(2 * axis) = both.rows, out.at(2 * axis + 1) = both.columns;
  }
  return out;
}

Dims Fields::dims(const Json& list, bool batched) const {
  if (!list.is_array() || (batched && list.empty()) || list.size() > kMaxRank)
    refuse("a shape is " + shortened(list) + ", not a list of up to " + std::to_string(kMaxRank) +
           " extents");
  Dims out;
  for (std::size_t i = batched ? 1 : 0; i < list.size(); ++i)
    out.push_back(list[i].is_null() ? kUnknown : checked("an extent", list[i], 1));
  return out;
}

void Fields::expect_text(const char* name, std::initializer_list<const char*> known) const {
  const std::string value = text(name, *known.begin());
  if (std::find(known.begin(), known.end(), value) == known.end())
    refuse(std::string(name) + " is \"" + value + "\", which has no counterpart (" + *known.begin() +
           " has)");
}

void Fields::expect_false(std::initializer_list<const char*> names) const {
  for (const char* const name : names) {
    if (boolean(name, false)) refuse(std::string(name) + " has no counterpart");
  }
}

void Fields::expect_null(std::initializer_list<const char*> names) const {
  for (const char* const name : names) {
    if (find(name)) refuse(std::string(name) + " has no counterpart");
  }
}

void Fields::expect_zero(std::initializer_list<const char*> names) const {
  for (const char* const name : names) {
    if (number(name, 0.0) != 0.0) refuse(std::string(name) + " has no counterpart");
  }
}

}  // namespace hourglass::files::keras
