#include <hourglass/autograd/fast/lstm.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/internal/by_definition.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/lstm.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>

namespace hourglass {

namespace {

// x[t], of a Tensor or a Variable
template <class X>
X at(const X& x, std::int64_t t) {
  return squeeze(slice(x, 0, {t, t + 1}), 0);
}

// (T, N, K) -> (T · N, K)
template <class X>
X as_rows(const X& x) {
  return reshape(x, {x.shape(0) * x.shape(1), x.shape(2)});
}

// Whether all steps lie in the same memory, as RepeatVector leaves them: then one product serves them all.
bool is_repeated(const Tensor& x) { return x.shape(0) > 1 && x.strides()[0] == 0; }

Variable all_but_last(const Variable& x) {
  return slice(x, 0, {0, std::max<std::int64_t>(x.shape(0) - 1, 0)});
}
Variable all_but_first(const Variable& x) {
  return slice(x, 0, {std::min<std::int64_t>(x.shape(0), 1), x.shape(0)});
}

// dU = Σ_t h_{t−1}ᵀ dz_t
Variable recurrent_gradient(const Variable& dz, const Variable& h) {
  return matmul(transpose(as_rows(all_but_last(h))), as_rows(all_but_first(dz)));
}

// Of z = x W + b; b is behind.
std::vector<Input> inputs_of_z(const Variable& x, const Variable& w, const std::optional<Variable>& b) {
  std::vector<Input> inputs{
      {x,
       [w, shape = x.shape()](const Variable& dz, const Variable&) {
         return reshape(matmul(as_rows(dz), transpose(w)), shape);
       }},
      {w, [x](const Variable& dz, const Variable&) { return matmul(transpose(as_rows(x)), as_rows(dz)); }}};
  if (b) inputs.push_back({*b, [](const Variable& dz, const Variable&) { return sum(dz, {0, 1}); }});
  return inputs;
}

// dz of the gates' gradient dy.    y = σ, σ, tanh, σ of the quarters of z + h_{t−1} U
Variable slope_of_gates(const Variable& dy, const Variable& y) {
  const std::vector<Variable> d = split(dy, 4, -1), gate = split(y, 4, -1);
  const auto sigmoid_slope = [&](std::size_t k) { return d[k] * gate[k] * (1.0 - gate[k]); };
  return concat({sigmoid_slope(0), sigmoid_slope(1), d[2] * (1.0 - square(gate[2])), sigmoid_slope(3)}, -1);
}

// The gates of the forward pass as a function of what they came from, so that gradients flow through them.
Variable recorded_gates(const Tensor& gates, std::vector<Input> inputs, const Variable& u,
                        const Variable& h) {
  inputs.push_back({u, [h](const Variable& dz, const Variable&) { return recurrent_gradient(dz, h); }});
  inputs.push_back({h, [u](const Variable& dz, const Variable&) {
                      const Variable dh = matmul(all_but_first(dz), transpose(u));
                      const std::int64_t last = std::min<std::int64_t>(dz.shape(0), 1);
                      return concat({dh, zeros({last, dh.shape(1), dh.shape(2)}, dh.dtype())});
                    }});
  return record("lstm_gates", gates, inputs).after(slope_of_gates);
}

// dz of dh, back through time.
Variable gradient_of_z(const Variable& dh, const Variable& h, const Variable& gates, const Variable& u) {
  const std::int64_t steps = h.shape(0);
  if (steps == 0) return gates;
  const Variable first = zeros({1, h.shape(1), h.shape(2)}, h.dtype());
  const std::vector<Variable> parts = split(gates, 4, -1);
  const Variable &i = parts[0], &f = parts[1], &g = parts[2], &o = parts[3];
  std::vector<Variable> c{at(first, 0)}, dz;  // c[t] is that before step t
  for (std::int64_t t = 0; t < steps; ++t) c.push_back(at(f, t) * c.back() + at(i, t) * at(g, t));
  Variable dh_later = c[0], dc_later = c[0];
  for (std::int64_t t = steps; t-- > 0; c.pop_back()) {
    const Variable it = at(i, t), ft = at(f, t), gt = at(g, t), ot = at(o, t), s = tanh(c.back());
    const Variable dh_t = at(dh, t) + dh_later, dc = dh_t * ot * (1.0 - square(s)) + dc_later;
    const Variable& before = c[c.size() - 2];
    dz.push_back(concat({dc * gt * it * (1.0 - it), dc * before * ft * (1.0 - ft),
                         dc * it * (1.0 - square(gt)), dh_t * s * ot * (1.0 - ot)},
                        1));
    dh_later = matmul(dz.back(), transpose(u));
    dc_later = dc * ft;
  }
  std::reverse(dz.begin(), dz.end());
  return stack(dz);
}

void check(const Variable& x, const Variable& w, const Variable& u) {
  if (x.rank() == 3 && w.rank() == 2 && u.rank() == 2 && x.shape(2) == w.shape(0) &&
      w.shape(1) == u.shape(1) && u.shape(1) == 4 * u.shape(0)) {
    return;
  }
  throw ShapeError(
      "lstm: needs x (T, N, features), w (features, 4 units) and u (units, 4 units), got shapes {}, {} and "
      "{}; time is the first axis, which permute can make so",
      x.shape(), w.shape(), u.shape());
}

}  // namespace

Variable lstm(const Variable& x, const Variable& w, const Variable& u, const std::optional<Variable>& b) {
  check(x, w, u);
  const bool same = is_repeated(x.value());
  const Shape shape{x.shape(0), x.shape(1), w.shape(1)};
  Tensor z = affine((same ? at(x.value(), 0) : as_rows(x.value())), w.value(), b ? &b->value() : nullptr);
  z = same ? broadcast_to(z, shape) : reshape(z, shape);
  LstmStates states = lstm(std::move(z), u.value());
  std::vector<Input> inputs = inputs_of_z(x, w, b), of_z = inputs;
  std::erase_if(of_z, [](const Input& input) { return !input.variable.requires_grad(); });
  inputs.insert(inputs.begin() + 2, {u, recurrent_gradient});
  const Formula dz_of_dh = [of_z, u, gates = states.gates](const Variable& dh, const Variable& h) {
    return gradient_of_z(dh, h, recorded_gates(gates, of_z, u, h), u);
  };
  FastPath fast = fast::lstm(x, w, u, states, same);
  return record("lstm", std::move(states.h), inputs).after(dz_of_dh).with_fast(std::move(fast));
}

namespace {

// v: z, u, h, c
Variable definition_from(const std::vector<Variable>& v) {
  Variable h = v[2], c = v[3];
  if (v[0].shape(0) == 0) return slice(v[0], 2, {0, 2 * h.shape(1)});
  std::vector<Variable> all;
  for (std::int64_t t = 0; t < v[0].shape(0); ++t) {
    const std::vector<Variable> part = split(at(v[0], t) + matmul(h, v[1]), 4, 1);
    c = sigmoid(part[1]) * c + sigmoid(part[0]) * tanh(part[2]);
    h = sigmoid(part[3]) * tanh(c);
    all.push_back(concat({h, c}, 1));
  }
  return stack(all);
}

}  // namespace

Variable lstm_from(const Variable& z, const Variable& u, const Variable& h, const Variable& c) {
  const LstmStart start{h.value(), c.value()};
  const LstmStates states = lstm(z.value(), u.value(), &start);
  return record("lstm_from", concat({states.h, states.c}, 2),
                detail::by_definition({z, u, h, c}, definition_from))
      .with_fast(fast::lstm_from(u, h, c, states));
}

}  // namespace hourglass
