#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/einsum.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/internal/einsum_labels.h>
#include <hourglass/tensor/ops/linalg.h>

#include <algorithm>
#include <cctype>

namespace hourglass {

namespace detail {

namespace {

constexpr auto kNone = std::string::npos;

bool has(const std::string& labels, char label) { return labels.find(label) != kNone; }

std::string without_spaces(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return c != ' '; });
  return out;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// "...ij" with two axes for the dots -> "10ij".
std::string spelled_out(const std::string& part, int dots, std::string_view subscripts) {
  const auto at = part.find("...");
  std::string letters = part;
  if (at != kNone) letters.erase(at, 3);
  for (const char c : letters) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) continue;
    throw DataError("einsum: cannot read \"{}\" in \"{}\"; it takes letters, commas, \"...\" and \"->\"",
                    part, subscripts);
  }
  std::string axes;
  for (int i = dots - 1; i >= 0; --i) axes += static_cast<char>('0' + i);
  return at == kNone ? letters : letters.insert(at, axes);
}

int letters_of(const std::string& part) {
  return static_cast<int>(part.size()) - (part.find("...") != kNone ? 3 : 0);
}

// The result where none is given: "...", then what stands once, in alphabetical order.
std::string implied_output(const std::vector<std::string>& parts, bool dots) {
  std::string all, once;
  for (const std::string& part : parts) all += part;
  for (const char c : all) {
    if (c != '.' && std::count(all.begin(), all.end(), c) == 1) once += c;
  }
  std::sort(once.begin(), once.end());
  return (dots ? "..." : "") + once;
}

void expect_output(const EinsumLabels& labels, std::string_view subscripts) {
  for (const char c : labels.output) {
    const bool known = std::any_of(labels.inputs.begin(), labels.inputs.end(),
                                   [c](const std::string& input) { return has(input, c); });
    if (known && std::count(labels.output.begin(), labels.output.end(), c) == 1) continue;
    throw DataError(
        "einsum: \"{}\" has \"{}\" {} in its result; name each letter of the operands there at most once",
        subscripts, std::string(1, c), known ? "twice" : "of no operand");
  }
}

}  // namespace

EinsumLabels read_subscripts(std::string_view subscripts, const std::vector<Shape>& shapes) {
  const std::string text = without_spaces(subscripts);
  const auto arrow = text.find("->");
  const std::vector<std::string> parts = split_at_commas(text.substr(0, arrow));
  if (parts.size() != shapes.size()) {
    throw DataError("einsum: \"{}\" is for {} operands, got {}; commas part the operands", subscripts,
                    parts.size(), shapes.size());
  }
  EinsumLabels labels;
  int most_dots = 0;
  bool any_dots = false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool dots = parts[i].find("...") != kNone;
    const int rest = shapes[i].rank() - letters_of(parts[i]);
    labels.inputs.push_back(spelled_out(parts[i], std::max(rest, 0), subscripts));
    if (rest < 0 || (rest > 0 && !dots)) {
      throw ShapeError(
          "einsum: \"{}\" of \"{}\" names {} axes, but operand {} has shape {}; give a letter for each axis, "
          "or \"...\" for those in front",
          parts[i], subscripts, letters_of(parts[i]), i, shapes[i]);
    }
    any_dots = any_dots || dots;
    most_dots = std::max(most_dots, rest);
  }
  const std::string output = arrow == kNone ? implied_output(parts, any_dots) : text.substr(arrow + 2);
  if (most_dots > 0 && output.find("...") == kNone) {
    throw DataError("einsum: \"{}\" has axes \"...\" that its result lacks; write \"...\" after \"->\", too",
                    subscripts);
  }
  labels.output = spelled_out(output, most_dots, subscripts);
  expect_output(labels, subscripts);
  return labels;
}

std::map<char, std::int64_t> extents_of(const EinsumLabels& labels, const std::vector<Shape>& shapes) {
  std::map<char, std::int64_t> extents;
  for (std::size_t k = 0; k < shapes.size(); ++k) {
    const std::string& own = labels.inputs[k];
    for (std::size_t i = 0; i < own.size(); ++i) {
      const std::int64_t extent = shapes[k][static_cast<int>(i)];
      const auto first = own.find(own[i]);
      std::int64_t& known = extents.try_emplace(own[i], extent).first->second;
      const bool fits = shapes[k][static_cast<int>(first)] == extent &&  // a diagonal is of equal extents
                        (known == extent || known == 1 || extent == 1);
      if (!fits) {
        throw ShapeError(
            "einsum: axis {} of operand {} (shape {}) has {}, but \"{}\" is {} elsewhere; a letter stands "
            "for one extent",
            i, k, shapes[k], extent, std::string(1, own[i]), known);
      }
      if (known == 1) known = extent;
    }
  }
  return extents;
}

namespace {

// Axes of x in the order of `groups`, each of which becomes one axis.
Tensor grouped(const Tensor& x, const std::string& labels, std::initializer_list<std::string> groups) {
  std::vector<int> order;
  std::vector<std::int64_t> extents;
  for (const std::string& group : groups) {
    std::int64_t extent = 1;
    for (const char label : group) {
      order.push_back(static_cast<int>(labels.find(label)));
      extent *= x.shape(order.back());
    }
    extents.push_back(extent);
  }
  return reshape(permute(x, order), Shape(std::span<const std::int64_t>(extents)));
}

// a (B, M, K), b (B, K, N) -> (B, M, N)
Tensor batched(const Tensor& a, const Tensor& b) {
  const std::int64_t m = a.shape(1), k = a.shape(2), n = b.shape(2);
  if (k == 1) return a * b;                                                   // nothing is summed
  if (m == 1 && n == 1) return sum(a * transpose(b), 2, {.keepdims = true});  // a dot product each
  if (is_floating(a.dtype())) return matmul(a, b);
  return sum(unsqueeze(a, 3) * unsqueeze(b, 1), 2);
}

// The product of two, summed over what `kept` does not have.
void multiply_onto(Tensor& x, std::string& labels, const Tensor& y, const std::string& of_y,
                   const std::string& kept) {
  std::string batch, left, inner, right;
  for (const char c : labels) (!has(of_y, c) ? left : has(kept, c) ? batch : inner) += c;
  for (const char c : of_y) {
    if (!has(labels, c)) right += c;
  }
  std::vector<std::int64_t> extents;
  for (const char c : batch + left) extents.push_back(x.shape(static_cast<int>(labels.find(c))));
  for (const char c : right) extents.push_back(y.shape(static_cast<int>(of_y.find(c))));
  const Tensor product =
      batched(grouped(x, labels, {batch, left, inner}), grouped(y, of_y, {batch, inner, right}));
  x = reshape(product, Shape(std::span<const std::int64_t>(extents)));
  labels = batch + left + right;
}

}  // namespace

Tensor contract(const EinsumLabels& labels, std::vector<Tensor> operands) {
  for (Tensor& x : operands) {
    if (!is_floating(x.dtype())) x = x.to(int64);
  }
  Tensor x = operands[0];
  std::string have = labels.inputs[0];
  for (std::size_t i = 1; i < operands.size(); ++i) {
    std::string kept = labels.output;
    for (std::size_t j = i + 1; j < operands.size(); ++j) kept += labels.inputs[j];
    multiply_onto(x, have, operands[i], labels.inputs[i], kept);
  }
  std::vector<int> order;
  for (const char c : labels.output) order.push_back(static_cast<int>(have.find(c)));
  return permute(x, order);
}

}  // namespace detail

Tensor einsum(std::string_view subscripts, const std::vector<Tensor>& operands) {
  std::vector<Shape> shapes;
  for (const Tensor& x : operands) {
    detail::expect_same_type("einsum", operands[0], x);
    shapes.push_back(x.shape());
  }
  detail::EinsumLabels labels = detail::read_subscripts(subscripts, shapes);
  std::vector<Tensor> plain = operands;
  detail::make_plain(labels, plain, detail::extents_of(labels, shapes));
  return detail::contract(labels, std::move(plain));
}

}  // namespace hourglass
