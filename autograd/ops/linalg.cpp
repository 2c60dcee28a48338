#include <hourglass/autograd/fast/dense.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/epilogue.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass {

namespace {

// A gradient of the broadcast shape brought back to the operand's.
Variable summed_to(const Variable& gradient, const Shape& shape) {
  return gradient.shape() == shape ? gradient : sum_to(gradient, shape);
}

}  // namespace

Variable matmul(const Variable& a, const Variable& b) {
  return record(
      "matmul", matmul(a.value(), b.value()),
      {
          {a, [b, shape = a.shape()](const Variable& dy,
                                     const Variable&) { return summed_to(matmul(dy, transpose(b)), shape); }},
          {b, [a, shape = b.shape()](const Variable& dy,
                                     const Variable&) { return summed_to(matmul(transpose(a), dy), shape); }},
      });
}

Variable affine(const Variable& x, const Variable& w, const std::optional<Variable>& b, Epilogue f) {
  std::vector<Input> inputs{
      {x, [w](const Variable& dz, const Variable&) { return matmul(dz, transpose(w)); }},  // dX = dZ Wᵀ
      {w, [x](const Variable& dz, const Variable&) { return matmul(transpose(x), dz); }},  // dW = Xᵀ dZ
  };
  if (b) inputs.push_back({*b, [](const Variable& dz, const Variable&) { return sum(dz, 0); }});  // db = Σ dz
  return record("affine", affine(x.value(), w.value(), b ? &b->value() : nullptr, f), inputs)
      .called_with(f)
      .after(epilogue_grad(f))
      .with_fast(fast::dense(x, w, b, f));
}

}  // namespace hourglass
