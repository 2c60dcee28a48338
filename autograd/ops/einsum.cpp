#include <hourglass/autograd/ops/einsum.h>
#include <hourglass/autograd/ops/matrix.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/internal/einsum_labels.h>

namespace hourglass {

namespace {

// As detail::contract, of variables. What an operand's labels and the result's are can change places, so its
// gradient is the same sum of products with dy in the operand's place.
Variable contract(const detail::EinsumLabels& labels, const std::vector<Variable>& operands) {
  std::vector<Tensor> values;
  values.reserve(operands.size());
  for (const Variable& x : operands) values.push_back(x.value());
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    detail::EinsumLabels swapped = labels;
    std::swap(swapped.inputs[i], swapped.output);
    std::vector<Variable> others = operands;
    others[i] = Variable();  // held by nobody but the graph
    inputs.push_back({operands[i], [swapped, others, i](const Variable& dy, const Variable&) {
                        std::vector<Variable> with_dy = others;
                        with_dy[i] = dy;
                        return contract(swapped, with_dy);
                      }});
  }
  return record("einsum", detail::contract(labels, std::move(values)), inputs).called_with(labels);
}

}  // namespace

Variable einsum(std::string_view subscripts, const std::vector<Variable>& operands) {
  std::vector<Shape> shapes;
  for (const Variable& x : operands) {
    detail::expect_same_type("einsum", operands[0].value(), x.value());
    shapes.push_back(x.shape());
  }
  detail::EinsumLabels labels = detail::read_subscripts(subscripts, shapes);
  std::vector<Variable> plain = operands;
  detail::make_plain(labels, plain, detail::extents_of(labels, shapes));
  return contract(labels, plain);
}

}  // namespace hourglass
