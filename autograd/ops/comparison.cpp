#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/tape.h>

namespace hourglass {

using detail::on_tape;

Tensor less(const Variable& a, const Variable& b) {
  return on_tape("less", less(a.value(), b.value()), {a, b});
}
Tensor less_equal(const Variable& a, const Variable& b) {
  return on_tape("less_equal", less_equal(a.value(), b.value()), {a, b});
}
Tensor greater(const Variable& a, const Variable& b) {
  return on_tape("greater", greater(a.value(), b.value()), {a, b});
}
Tensor greater_equal(const Variable& a, const Variable& b) {
  return on_tape("greater_equal", greater_equal(a.value(), b.value()), {a, b});
}
Tensor equal(const Variable& a, const Variable& b) {
  return on_tape("equal", equal(a.value(), b.value()), {a, b});
}
Tensor not_equal(const Variable& a, const Variable& b) {
  return on_tape("not_equal", not_equal(a.value(), b.value()), {a, b});
}

Tensor less(const Variable& a, double b) { return on_tape("less", less(a.value(), b), {a}, b); }
Tensor less_equal(const Variable& a, double b) {
  return on_tape("less_equal", less_equal(a.value(), b), {a}, b);
}
Tensor greater(const Variable& a, double b) { return on_tape("greater", greater(a.value(), b), {a}, b); }
Tensor greater_equal(const Variable& a, double b) {
  return on_tape("greater_equal", greater_equal(a.value(), b), {a}, b);
}
Tensor equal(const Variable& a, double b) { return on_tape("equal", equal(a.value(), b), {a}, b); }
Tensor not_equal(const Variable& a, double b) {
  return on_tape("not_equal", not_equal(a.value(), b), {a}, b);
}

}  // namespace hourglass
