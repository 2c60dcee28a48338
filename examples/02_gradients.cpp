// Gradients: a Variable remembers how it was computed, and backward() runs the chain rule over that memory.
//
//     02_gradients
//
// Expected: the gradients in the comments, found here without a derivative being written down. Each is
// checked; the program fails (status 1) if one differs.

#include "command_line.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>

#include <cmath>

namespace hg = hourglass;

namespace {

int failures = 0;

void show(const char* what, double value, double expected) {
  fmt::print("{:<46} {:.6f}\n", what, value);
  if (std::abs(value - expected) < 1e-9 * std::max(1.0, std::abs(expected))) return;
  fmt::print("  expected {:.6f}\n", expected);
  ++failures;
}

hg::Variable parameter(double value) { return hg::Variable::parameter(hg::full({}, value, hg::float64)); }

int body(int argc, char** argv) {
  program::parse(argc, argv, "Shows gradients at work.");
  // y = x² + 3x.  dy/dx = 2x + 3 = 7 at x = 2.
  hg::Variable x = parameter(2.0);
  hg::backward(square(x) + 3.0 * x);
  show("d(x² + 3x)/dx at 2", x.gradient()->item(), 7.0);

  // Two inputs: z = sin(a) b.  dz/da = cos(a) b,  dz/db = sin(a).
  hg::Variable a = parameter(0.5), b = parameter(4.0);
  hg::backward(sin(a) * b);
  show("d(sin(a) b)/da at 0.5, 4", a.gradient()->item(), std::cos(0.5) * 4.0);
  show("d(sin(a) b)/db at 0.5, 4", b.gradient()->item(), std::sin(0.5));

  // A gradient is a Variable too: asked to, it can be differentiated again, any number of times.
  const hg::Variable w = parameter(1.5);
  const hg::Variable first = hg::grad(pow(w, 4.0), w, {.create_graph = true});  // 4 w³
  const hg::Variable second = hg::grad(first, w, {.create_graph = true});       // 12 w²
  const hg::Variable third = hg::grad(second, w);                               // 24 w
  show("d(w⁴)/dw at 1.5", first.item(), 4.0 * std::pow(1.5, 3));
  show("d²(w⁴)/dw² at 1.5", second.item(), 12.0 * std::pow(1.5, 2));
  show("d³(w⁴)/dw³ at 1.5", third.item(), 24.0 * 1.5);

  // The same for matrices: L = Σ (X W − T)², the loss of linear regression.  dL/dW = 2 Xᵀ(X W − T).
  const hg::Tensor inputs = hg::tensor({{1, 2}, {3, 4}, {5, 6}}, hg::float64),
                   targets = hg::tensor({{1}, {2}, {3}}, hg::float64);
  hg::Variable weights = hg::Variable::parameter(hg::tensor({{0.5}, {-0.5}}, hg::float64));
  const hg::Variable loss = sum(square(matmul(inputs, weights) - targets));
  fmt::print("\nThe graph that leads to the loss, for Graphviz:\n{}\n", hg::to_dot(loss));
  hg::backward(loss);
  const hg::Tensor residual = hg::matmul(inputs, weights.value()) - targets;
  const hg::Tensor by_hand = 2.0 * hg::matmul(hg::transpose(inputs), residual);
  show("largest |dL/dW − 2 Xᵀ(X W − T)|", hg::max(hg::abs(weights.gradient()->value() - by_hand)).item(),
       0.0);
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
