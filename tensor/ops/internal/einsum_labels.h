#pragma once

#include <hourglass/tensor/ops/matrix.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What einsum of tensors and of variables have in common.
namespace hourglass::detail {

/// Subscripts, read: one character for each axis of each operand and of the result. The axes of "..." are
/// '0', '1', …, counted from the last.
struct EinsumLabels {
  std::vector<std::string> inputs;
  std::string output;
};
[[nodiscard]] EinsumLabels read_subscripts(std::string_view subscripts, const std::vector<Shape>& shapes);

/// The extent of each label: that of the operands, where 1 stands beside any other.
[[nodiscard]] std::map<char, std::int64_t> extents_of(const EinsumLabels& labels,
                                                      const std::vector<Shape>& shapes);

/// Σ of the products, where no label stands twice in an operand, each of an operand stands in another or in
/// the result, and all extents of a label agree.
[[nodiscard]] Tensor contract(const EinsumLabels& labels, std::vector<Tensor> operands);

/// How many operands have the label, the result counted as one.
[[nodiscard]] inline std::int64_t uses_of(char label, const EinsumLabels& labels) {
  std::int64_t uses = labels.output.find(label) != std::string::npos ? 1 : 0;
  for (const std::string& input : labels.inputs) uses += input.find(label) != std::string::npos ? 1 : 0;
  return uses;
}

/// Takes the diagonal of what stands twice in an operand.
template <class X>
void take_diagonals(X& x, std::string& own) {
  for (std::size_t i = 0; i < own.size();) {
    const auto twin = own.find(own[i], i + 1);
    if (twin == std::string::npos) {
      ++i;
      continue;
    }
    const char label = own[i];
    x = diagonal(x, 0, static_cast<int>(i), static_cast<int>(twin));
    own = own.erase(twin, 1).erase(i, 1) + label;
  }
}

/// Takes each axis for whose label `gone` is true out of x, by remove(x, axis).
template <class X, class Gone, class Remove>
void remove_axes(X& x, std::string& own, Gone gone, Remove remove) {
  for (std::size_t i = own.size(); i-- > 0;) {
    if (!gone(own[i], static_cast<int>(i))) continue;
    x = remove(x, static_cast<int>(i));
    own.erase(i, 1);
  }
}

/// Brings operands and labels, in ops that have gradients, to what `contract` asks for: a label that stands
/// twice in an operand becomes its diagonal, an extent of 1 that broadcasts goes, and then a label nobody
/// else has is summed over.
template <class X>
void make_plain(EinsumLabels& labels, std::vector<X>& operands, const std::map<char, std::int64_t>& extents) {
  for (std::size_t k = 0; k < operands.size(); ++k) {
    take_diagonals(operands[k], labels.inputs[k]);
    const auto broadcasts = [&](char label, int axis) {
      return operands[k].shape(axis) == 1 && extents.at(label) != 1;
    };
    remove_axes(operands[k], labels.inputs[k], broadcasts,
                [](const X& x, int axis) { return squeeze(x, axis); });
  }
  const auto alone = [&](char label, int /*axis*/) { return uses_of(label, labels) == 1; };
  for (std::size_t k = 0; k < operands.size(); ++k)
    remove_axes(operands[k], labels.inputs[k], alone, [](const X& x, int axis) { return sum(x, axis); });
}

}  // namespace hourglass::detail
