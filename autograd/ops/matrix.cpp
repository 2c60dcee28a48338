#include <hourglass/autograd/ops/einsum.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/matrix.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass {

Variable tril(const Variable& x, std::int64_t k) {
  return record("tril", tril(x.value(), k),
                {{x, [k](const Variable& dy, const Variable&) { return tril(dy, k); }}})
      .called_with(k);
}

Variable triu(const Variable& x, std::int64_t k) {
  return record("triu", triu(x.value(), k),
                {{x, [k](const Variable& dy, const Variable&) { return triu(dy, k); }}})
      .called_with(k);
}

Variable diagonal(const Variable& x, std::int64_t k, int axis1, int axis2) {
  return record("diagonal", diagonal(x.value(), k, axis1, axis2),
                {{x, [shape = x.shape(), k, axis1, axis2](const Variable& dy, const Variable&) {
                    return put_diagonal(dy, shape, k, axis1, axis2);
                  }}});
}

Variable put_diagonal(const Variable& x, const Shape& shape, std::int64_t k, int axis1, int axis2) {
  return record("put_diagonal", put_diagonal(x.value(), shape, k, axis1, axis2),
                {{x, [k, axis1, axis2](const Variable& dy, const Variable&) {
                    return diagonal(dy, k, axis1, axis2);
                  }}});
}

Variable diag(const Variable& x, std::int64_t k) {
  if (x.rank() == 1) return put_diagonal(x, detail::diag_shape(x.shape(0), k), k);
  if (x.rank() != 2) (void)diag(x.value(), k);  // says what does not fit
  return diagonal(x, k);
}

Variable outer(const Variable& a, const Variable& b) {
  return reshape(a, {a.size(), 1}) * reshape(b, {1, b.size()});
}

Variable dot(const Variable& a, const Variable& b) {
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  return einsum(detail::dot_subscripts(a.shape(), b.shape()), std::vector<Variable>{a, b});
}

}  // namespace hourglass
