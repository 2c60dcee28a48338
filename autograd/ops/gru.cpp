#include <hourglass/autograd/fast/gru.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/gru.h>
#include <hourglass/autograd/ops/internal/by_definition.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass {

namespace {

// All steps, as tensor/ops/gru.h defines them.    v: a, u and, where they are given, b and the start
Variable definition(const std::vector<Variable>& v, bool has_b, bool has_start, bool reset_after) {
  const Variable &a = v[0], &u = v[1];
  const std::int64_t steps = a.shape(0), rows = a.shape(1), units = u.shape(0);
  Variable h = has_start ? v.back() : Variable(zeros({rows, units}, a.dtype()));
  if (steps == 0) return slice(a, 2, {0, units});
  const std::vector<Variable> kernel = split(u, 3, 1);
  std::vector<Variable> all;
  for (std::int64_t t = 0; t < steps; ++t) {
    const std::vector<Variable> part = split(squeeze(slice(a, 0, {t, t + 1}), 0), 3, 1);
    if (reset_after) {
      const Variable product = matmul(h, u);
      const std::vector<Variable> m = split(has_b ? product + v[2] : product, 3, 1);
      const Variable z = sigmoid(part[0] + m[0]), r = sigmoid(part[1] + m[1]);
      h = z * h + (1.0 - z) * tanh(part[2] + r * m[2]);
    } else {
      const Variable z = sigmoid(part[0] + matmul(h, kernel[0])), r = sigmoid(part[1] + matmul(h, kernel[1]));
      h = z * h + (1.0 - z) * tanh(part[2] + matmul(r * h, kernel[2]));
    }
    all.push_back(h);
  }
  return stack(all);
}

}  // namespace

Variable gru(const Variable& a, const Variable& u, const std::optional<Variable>& b,
             const std::optional<Variable>& start, GruOptions options) {
  GruStates states =
      gru(a.value(), u.value(), b ? &b->value() : nullptr, start ? &start->value() : nullptr, options);
  std::vector<Variable> inputs{a, u};
  if (b) inputs.push_back(*b);
  if (start) inputs.push_back(*start);
  const auto define = [has_b = b.has_value(), has_start = start.has_value(), after = options.reset_after](
                          const std::vector<Variable>& v) { return definition(v, has_b, has_start, after); };
  FastPath fast = fast::gru(u, start, b.has_value(), states, options);
  return record("gru", std::move(states.h), detail::by_definition(inputs, define))
      .with_fast(std::move(fast))
      .called_with(options, b.has_value(), start.has_value());
}

}  // namespace hourglass
