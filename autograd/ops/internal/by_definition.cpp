#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/internal/by_definition.h>

namespace hourglass::detail {

std::vector<Input> by_definition(const std::vector<Variable>& inputs, const Definition& definition) {
  std::vector<Input> out;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    out.push_back(
        {inputs[i], [inputs, definition, i](const Variable& dy, const Variable&) {
           const bool again = is_recording();  // whether the gradient is to be differentiated
           return enable_grad([&] {
             // An input may have been computed from another: their histories begin here.
             std::vector<Variable> own;
             for (std::size_t k = 0; k < inputs.size(); ++k) {
               const bool needed = k == i || again;
               own.push_back(
                   needed
                       ? Variable(record("input", inputs[k].value(),
                                         {{inputs[k], [](const Variable& d, const Variable&) { return d; }}}))
                       : inputs[k].detach());
             }
             const Variable y = definition(own);
             return grad({y}, {own[i]}, {.create_graph = again, .output_gradients = {dy}})[0];
           });
         }});
  }
  return out;
}

}  // namespace hourglass::detail
