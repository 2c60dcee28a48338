#include <hourglass/tensor/tensor.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

namespace hourglass {

namespace {

constexpr std::int64_t kThreshold = 1000;  // elements; more are shortened
constexpr std::int64_t kEdge = 3;          // elements kept at each end of a shortened axis
constexpr int kPrecision = 8;              // digits after the point, at most

// How all numbers of one tensor are written, so that columns align.
struct Format {
  bool scientific = false;
  int right = 0;  // digits after the point
  std::size_t width = 0;
};

// Whether a text gives the value back. One beyond the type's range, as rounding up the largest value makes
// it, does not.
template <class T>
bool reads_as(const std::string& text, T value) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && number == value;
}

// The shortest digits that give the value back in its type, at most kPrecision after the point.
template <class T>
std::string digits(T value, bool scientific) {
  std::string text = scientific ? fmt::format("{:e}", value) : fmt::format("{:.{}f}", value, kPrecision);
  if (scientific) {
    int best = kPrecision;
    for (int p = 0; p < kPrecision; ++p) {
      if (reads_as(fmt::format("{:.{}e}", value, p), value)) {
        best = p;
        break;
      }
    }
    return fmt::format("{:.{}e}", value, best);
  }
  for (int p = 0; p < kPrecision; ++p) {
    std::string shorter = fmt::format("{:.{}f}", value, p);
    if (reads_as(shorter, value)) {
      text = shorter;
      break;
    }
  }
  if (text.find('.') == std::string::npos) text += '.';
  while (text.back() == '0') text.pop_back();
  return text;
}

template <class T>
std::string special(T value) {
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

template <class T>
std::string element(T value, const Format& f) {
  if constexpr (std::is_integral_v<T>) {
    return fmt::format("{:>{}}", value, f.width);
  } else {
    if (!std::isfinite(value)) return fmt::format("{:>{}}", special(value), f.width);
    if (f.scientific) {
      std::string text = fmt::format("{:.{}e}", value, f.right);
      if (f.right == 0) text.insert(text.find('e'), 1, '.');
      return fmt::format("{:>{}}", text, f.width);
    }
    std::string text = digits(value, false);
    text.append(static_cast<std::size_t>(f.right) - (text.size() - text.find('.') - 1), ' ');
    return fmt::format("{:>{}}", text, f.width);
  }
}

template <class T>
Format format_for(const std::vector<T>& shown) {
  Format f;
  if constexpr (std::is_integral_v<T>) {
    for (const T v : shown) f.width = std::max(f.width, fmt::format("{}", v).size());
    return f;
  } else {
    double largest = 0, smallest = std::numeric_limits<double>::infinity();
    for (const T v : shown) {
      const double size = std::abs(static_cast<double>(v));
      if (!std::isfinite(v) || size == 0) continue;
      largest = std::max(largest, size);
      smallest = std::min(smallest, size);
    }
    f.scientific = largest > 0 && (largest >= 1e8 || smallest < 1e-4 || largest / smallest > 1e3);
    for (const T v : shown) {
      if (!std::isfinite(v)) continue;
      const std::string text = digits(v, f.scientific);
      const auto point = text.find('.');
      const auto end = std::min(text.find('e'), text.size());
      f.right = std::max(f.right, point == std::string::npos ? 0 : static_cast<int>(end - point) - 1);
    }
    for (const T v : shown) f.width = std::max(f.width, element(v, f).size());
    return f;
  }
}

// Positions along an axis that are shown; −1 stands for "...".
std::vector<std::int64_t> shown_positions(std::int64_t extent, bool shorten) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < extent; ++i) {
    if (shorten && extent > 2 * kEdge && i == kEdge) {
      out.push_back(-1);
      i = extent - kEdge;
    }
    out.push_back(i);
  }
  return out;
}

template <class T>
void collect(const Tensor& x, bool shorten, std::vector<T>& shown) {
  if (x.rank() == 0) return shown.push_back(*x.data<T>());
  for (const std::int64_t i : shown_positions(x.shape(0), shorten)) {
    if (i >= 0) collect(x[i], shorten, shown);
  }
}

template <class T>
std::string write(const Tensor& x, bool shorten, const Format& f, int depth) {
  if (x.rank() == 0) return element(*x.data<T>(), f);
  const std::string indent(static_cast<std::size_t>(depth) + 1, ' ');
  const std::string gap =
      x.rank() == 1 ? " " : std::string(static_cast<std::size_t>(x.rank()) - 1, '\n') + indent;
  constexpr std::size_t kLine = 75;
  std::string out = "[";
  std::size_t line = static_cast<std::size_t>(depth) + 1;
  bool first = true;
  for (const std::int64_t i : shown_positions(x.shape(0), shorten)) {
    const std::string part = i < 0 ? "..." : write<T>(x[i], shorten, f, depth + 1);
    const bool wrap = x.rank() == 1 && !first && line + 1 + part.size() > kLine;
    if (!first) out += wrap ? "\n" + indent : gap;
    line = wrap ? indent.size() + part.size() : line + part.size() + (first ? 0 : 1);
    out += part;
    first = false;
  }
  return out + "]";
}

}  // namespace

std::string Tensor::str() const {
  if (size() == 0) return "[]";
  return visit(dtype_, [&]<class T>() {
    const bool shorten = size() > kThreshold;
    std::vector<T> shown;
    collect(*this, shorten, shown);
    return write<T>(*this, shorten, format_for(shown), 0);
  });
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << x.str(); }

}  // namespace hourglass
