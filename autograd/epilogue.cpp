#include <hourglass/autograd/activation.h>
#include <hourglass/autograd/epilogue.h>

namespace hourglass {

namespace {

// dz = slope(dy, y). It is the first and last to read dy, so it may take dy's memory where no one else has it
// and nothing is recorded.
template <class Recorded, class Plain>
Formula spend(Recorded recorded, Plain plain) {
  return [=](const Variable& dy, const Variable& y) -> Variable {
    if (is_recording() || dy.node()->references > 1) return recorded(dy, y);
    return plain(std::move(dy.node()->value), y.value());
  };
}

}  // namespace

Formula epilogue_grad(Epilogue f) {
  using Recorded = Variable (*)(const Variable&, const Variable&);
  using Plain = Tensor (*)(Tensor, const Tensor&);
  switch (f) {
    case Epilogue::none:
      break;
    case Epilogue::relu:
      return spend<Recorded, Plain>(relu_grad, relu_grad);
    case Epilogue::sigmoid:
      return spend<Recorded, Plain>(sigmoid_grad, sigmoid_grad);
    case Epilogue::tanh:
      return spend<Recorded, Plain>(tanh_grad, tanh_grad);
  }
  return {};
}

}  // namespace hourglass
