#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/epilogue.h>

namespace hourglass {

Formula epilogue_grad(Epilogue f) {
  using Slope = Variable (*)(const Variable&, const Variable&);
  switch (f) {
    case Epilogue::none:
      break;
    case Epilogue::relu:
      return Slope(relu_grad);
    case Epilogue::sigmoid:
      return Slope(sigmoid_grad);
    case Epilogue::tanh:
      return Slope(tanh_grad);
  }
  return {};
}

}  // namespace hourglass
