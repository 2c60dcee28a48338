#include <hourglass/autograd/activation.h>
#include <hourglass/autograd/epilogue.h>

namespace hourglass {

Formula epilogue_grad(Epilogue f) {
  switch (f) {
    case Epilogue::none:
      break;
    case Epilogue::relu:
      return [](const Variable& dy, const Variable& y) { return relu_grad(dy, y); };
    case Epilogue::sigmoid:
      return [](const Variable& dy, const Variable& y) { return sigmoid_grad(dy, y); };
    case Epilogue::tanh:
      return [](const Variable& dy, const Variable& y) { return tanh_grad(dy, y); };
  }
  return {};
}

}  // namespace hourglass
