#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/fast/products.h>

namespace hourglass::fast {

void backward_leaving_products(const Variable& loss, FunctionRef<bool(const Node& leaf)> takes) {
  detail::backward(loss, takes);
}

}  // namespace hourglass::fast
