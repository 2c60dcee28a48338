#include <hourglass/app/service/json_text.h>

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace hourglass::service {

namespace {

template <class T>
void append(std::string& out, T value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

template <class T>
const T* append_lists(std::string& out, const Shape& shape, int axis, const T* from) {
  if (axis == shape.rank()) {
    append(out, *from);
    return from + 1;
  }
  out += '[';
  for (std::int64_t i = 0; i < shape[axis]; ++i) {
    if (i > 0) out += ',';
    from = append_lists(out, shape, axis + 1, from);
  }
  out += ']';
  return from;
}

}  // namespace

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_number(std::string& out, double value) { append(out, value); }
void append_number(std::string& out, float value) { append(out, value); }

void append_numbers(std::string& out, const Tensor& x) {
  const Tensor whole = x.contiguous();
  if (whole.dtype() == float64) {
    append_lists(out, whole.shape(), 0, whole.data<double>());
  } else {
    append_lists(out, whole.shape(), 0, whole.data<float>());
  }
}

void append_rows(std::string& out, const data::Table& table) {
  out += '[';
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    out += i > 0 ? ",{" : "{";
    bool first = true;
    for (const data::Column& c : table.columns()) {
      if (!first) out += ',';
      first = false;
      out.append(json_quoted(c.name())).append(":");
      if (c.is_missing(i)) {
        out += "null";
      } else if (c.type() == data::ColumnType::number) {
        append(out, c.values().data<double>()[i]);
      } else {
        out += json_quoted(c.text(i));
      }
    }
    out += '}';
  }
  out += ']';
}

}  // namespace hourglass::service
