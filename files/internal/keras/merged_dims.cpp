#include <hourglass/files/internal/keras/dims.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace hourglass::files::keras {

namespace {

constexpr auto kElementwise =
    std::to_array<const char*>({"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"});

std::int64_t broadcast(const Fields& fields, std::int64_t a, std::int64_t b) {
  if (a == 1 || a == b) return b;
  if (b == 1) return a;
  if (a != kUnknown && b != kUnknown)
    fields.refuse("the extents " + std::to_string(a) + " and " + std::to_string(b) + " do not fit together");
  return std::max(a, b);
}

Dims elementwise(const Fields& fields, const std::vector<Dims>& inputs) {
  Dims out = inputs.front();
  for (const Dims& input : inputs) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = broadcast(fields, out[i], input[i]);
  }
  return out;
}

Dims concatenated(const Fields& fields, const std::vector<Dims>& inputs) {
  const auto rank = std::ssize(inputs.front());
  std::int64_t axis = fields.integer("axis", -1, -static_cast<std::int64_t>(kMaxRank));
  axis = axis < 0 ? axis + rank : axis - 1;  // the batch axis counts, too
  if (axis < 0 || axis >= rank) fields.refuse("its axis does not fit the input");
  Dims out = inputs.front();
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    for (std::int64_t i = 0; i < rank; ++i) {
      std::int64_t& n = out[static_cast<std::size_t>(i)];
      const std::int64_t more = inputs[k][static_cast<std::size_t>(i)];
      if (i != axis) {
        n = broadcast(fields, n, more);
      } else {
        n = n == kUnknown || more == kUnknown ? kUnknown : n + more;
      }
    }
  }
  return out;
}

Dims products(const Fields& fields, const std::vector<Dims>& inputs) {
  if (inputs.size() != 2 || inputs[0].empty()) fields.refuse("it takes two tensors");
  if (inputs[0].size() == 1) return {1};
  if (inputs[0].size() != 2) fields.refuse("it takes rows, or lists of rows");
  return {inputs[0][0], inputs[1][0]};
}

}  // namespace

bool merges(const std::string& type) {
  return type == "Concatenate" || type == "Dot" ||
         std::find(kElementwise.begin(), kElementwise.end(), type) != kElementwise.end();
}

Dims merged_dims(const std::string& type, const Fields& fields, const std::vector<Dims>& inputs) {
  if (inputs.size() < 2) fields.refuse("it takes at least two tensors");
  for (const Dims& input : inputs) {
    if (input.size() != inputs.front().size())
      fields.refuse("it takes tensors with as many axes each, not " + text(inputs.front()) + " and " +
                    text(input));
  }
  Dims out = type == "Concatenate" ? concatenated(fields, inputs)
             : type == "Dot"       ? products(fields, inputs)
                                   : elementwise(fields, inputs);
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  if (std::any_of(out.begin(), out.end(), [](std::int64_t n) { return n > kMost; }))
    fields.refuse("it makes too large an output");
  return out;
}

}  // namespace hourglass::files::keras
