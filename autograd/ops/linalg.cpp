#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/epilogue.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/product/tile.h>

namespace hourglass {

namespace {

// A gradient of the broadcast shape brought back to the operand's.
Variable fold(const Variable& gradient, const Shape& shape) {
  return gradient.shape() == shape ? gradient : sum_to(gradient, shape);
}

// Whether updating a kernel while its gradient is multiplied saves time: where it is too large for the second
// cache, so that the update waits for memory, and the product not so long that this hardly counts. Without
// register tiles small products are slow.
bool worth_factors(const Variable& x, const Variable& w) {
  constexpr std::int64_t kLarge = std::int64_t{1} << 17, kMostRows = 256;
  return w.dtype() == float32 && detail::has_register_tiles() && w.size() >= kLarge &&
         x.shape(0) <= kMostRows;
}

}  // namespace

Variable matmul(const Variable& a, const Variable& b) {
  return record(
      "matmul", matmul(a.value(), b.value()),
      {
          {a, [b, shape = a.shape()](const Variable& dy,
                                     const Variable&) { return fold(matmul(dy, transpose(b)), shape); }},
          {b, [a, shape = b.shape()](const Variable& dy,
                                     const Variable&) { return fold(matmul(transpose(a), dy), shape); }},
      });
}

Variable affine(const Variable& x, const Variable& w, const std::optional<Variable>& b, Epilogue f) {
  const Tensor* const bias = b ? &b->value() : nullptr;
  const Input of_x{x, [w](const Variable& dz, const Variable&) { return matmul(dz, transpose(w)); }};
  const Input of_w{w, [x](const Variable& dz, const Variable&) { return matmul(transpose(x), dz); }};
  Tensor y = affine(x.value(), w.value(), bias, f);
  if (!b) return record("affine", std::move(y), {of_x, of_w}, {.before = epilogue_grad(f)});
  const Input of_b{*b, [](const Variable& dz, const Variable&) { return sum(dz, 0); }};
  const AllAtOnce all_at_once = [x, w, f](const Variable& dy, const Variable& y,
                                          Products products) -> Gradients {
    const bool multiply = products == Products::multiplied || !worth_factors(x, w);
    AffineGradients d =
        affine_grad(spend(dy), y.value(), x.value(), w.value(), f, {.dx = x.requires_grad(), .dw = multiply});
    if (multiply) return {std::move(d.dx), std::move(d.dw), std::move(d.db)};
    return {std::move(d.dx), Factors{x.value(), std::move(d.dz)}, std::move(d.db)};
  };
  return record("affine", std::move(y), {of_x, of_w, of_b}, {epilogue_grad(f), all_at_once});
}

}  // namespace hourglass
