#include <hourglass/autograd/fast/dense.h>
#include <hourglass/autograd/fast/spend.h>
#include <hourglass/tensor/ops/activation.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/views.h>

namespace hourglass::fast {

namespace {

// Rows up to which a product may be left: multiplying more takes so long that what the optimizer saves hardly
// counts.
constexpr std::int64_t kMostRows = 256;

}  // namespace

FastPath dense(const Variable& x, const Variable& w, const std::optional<Variable>& b, Epilogue f) {
  return [x = kept_if(w.requires_grad(), x), w = kept_if(x.requires_grad(), w), has_bias = b.has_value(), f](
             const Variable& dy, const Variable& y, Wanted wanted) {
    Gradients d;
    const bool leave = wanted[1] && wanted.as_product(1) && x->shape(0) <= kMostRows;
    const Tensor* const x_for_w = wanted[1] && !leave ? &x->value() : nullptr;
    const Tensor* const w_for_x = wanted[0] ? &w->value() : nullptr;
    Tensor dz;
    if (has_bias) {
      AffineGradients all = affine_grad(spend(dy), y.value(), x_for_w, w_for_x, f);
      if (w_for_x) d[0] = std::move(all.dx);
      if (x_for_w) d[1] = std::move(all.dw);
      if (wanted[2]) d[2] = std::move(all.db);
      dz = std::move(all.dz);
    } else {
      dz = epilogue_grad(spend(dy), y.value(), f);
      if (w_for_x) d[0] = matmul(dz, transpose(*w_for_x));
      if (x_for_w) d[1] = matmul(transpose(*x_for_w), dz);
    }
    if (leave) d[1] = Unmultiplied{x->value(), std::move(dz)};
    return d;
  };
}

}  // namespace hourglass::fast
